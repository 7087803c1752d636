"""
One entry of the list of push drivers, as configuration gives it.

2.3 has ``push_notification_driver = DRIVER:OPTIONS`` in ``plugin { }``, 2.4 a block
``push_notification NAME { }``; both become this.
"""

from __future__ import annotations

from collections.abc import Mapping

from luahost.dataclass import dataclass, field

HTTP_CLIENT = "http_client_"


@dataclass(frozen=True, kw_only=True)
class DriverEntry:
    """
    A driver with its options.

    Attributes:
        name: The driver as it is written; case does not matter.

        options: Its options. 2.3: what stands behind the colon, split at blanks, ``key=value`` or a bare
            ``key``, whose value is ``""``. 2.4: the block's settings, as they are called there.

        setting: The setting or block that it comes from, for messages and for telling drivers apart.

        text: All that stands behind the colon, unsplit; None where there is no colon.

        lua_settings: For ``lua``, what ``script_init`` gets in dialects that give it something; None: the
            host's settings.

        only_file: Whether the file counts whatever plugin settings say.

        old_series: Whether it is tried only where no other entry could be started, as
            ``push_notification_backend`` is (Dovecot 2.3.19.1).

        registered: Whether the plugin that brings the driver is loaded; if not, Dovecot does not know it.
    """

    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    setting: str = "push_notification_driver"
    text: str | None = None
    lua_settings: Mapping[str, str] | None = None
    only_file: bool = False
    old_series: bool = False
    registered: bool = True

    @property
    def file(self) -> str | None:
        """
        The script that the entry names, ``file`` of 2.3 or ``lua_file`` of 2.4; None if it names none.
        """
        return self.options.get("file", self.options.get("lua_file") or None)

    @property
    def http_settings(self) -> dict[str, str]:
        """
        The server's ``http_client_*`` settings for the driver, without that in front; they are of 2.4.
        """
        return {
            name.removeprefix(HTTP_CLIENT): value
            for name, value in self.options.items()
            if name.startswith(HTTP_CLIENT)
        }

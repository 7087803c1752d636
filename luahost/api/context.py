"""
What the host halves of ``dovecot.*`` work with: one session's user, settings, store and effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dataclass import dataclass, field, fields
from luahost.dialects import Dialect
from luahost.effects import Effects, Log
from luahost.exchange import Way
from luahost.runtime import Plain
from luahost.store import MailStore, MailUser
from luahost.store.operations import Operation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ApiContext:
    """
    The seams that ``dovecot.*`` reaches.

    Attributes:
        script: Path of the script.

        log_prefix: What stands in front of what its events write.

        mailboxes_there: Whether the user has mailboxes; in the mail-lua plugin's first and last functions
            it has not.

        settings: Plugin settings, what ``plugin_getenv`` answers from.

        perform: Carries out an operation on the user's mailboxes, with the transactions that it opens;
            raises :class:`MailboxError`.

        way: The way out for HTTP.

        settings_missing: Gets the names of settings that are asked for and not set.

        http_settings: The server's settings for HTTP clients, as text; those that a script gives win.

        debug: Whether debug lines are written, as with ``mail_debug=yes``.

        clock: The time.

        sleep: Waits so many seconds, or as long as the script may.
    """

    user: MailUser
    script: str
    log_prefix: str
    mailboxes_there: Callable[[], bool]
    settings: Mapping[str, str]
    store: MailStore
    perform: Callable[[Operation], None]
    effects: Effects
    dialect: Dialect
    way: Way
    debug: bool
    settings_missing: dict[str, None] = field(default_factory=dict)
    http_settings: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = SYSTEM_CLOCK
    sleep: Callable[[float], None] = SYSTEM_CLOCK.sleep

    def log(self, level: str, text: str, *, prefix: str = "", replaced: str | None = None) -> None:
        """
        A line of the script in the mail log, up to the first NUL as in Dovecot.

        Args:
            level: ``debug``, ``info``, ``warning`` or ``error``.

            text: The message.

            prefix: What an event puts in front.

            replaced: The beginning of that, if it stands in the process's place.
        """
        line = prefix + text.partition("\0")[0]
        self.effects.add(Log(level=level, text=line, prefix=prefix, replaced=replaced))

    def number(self, value: int) -> Plain:
        """
        A number in the form the dialect gives it to scripts.
        """
        return value if self.dialect.integers else float(value)

    def user_fields(self) -> list[Plain]:
        """
        Names and values of the fields of ``mail_user`` in turn.
        """
        found: list[Plain] = []
        user, integers, mail_debug = self.user, self.dialect.integers, self.dialect.mail_debug
        for name, lua_name in _USER_FIELDS:
            value = getattr(user, name)
            if isinstance(value, str):
                value = to_lua(value)
            elif not integers and type(value) is int:
                value = float(value)
            if mail_debug or name != "mail_debug":
                found += (lua_name, value)
        return found


_USER_FIELDS = tuple(
    (attribute.name, attribute.name.encode()) for attribute in fields(MailUser) if attribute.name != "userdb"
)


def to_lua(value: str) -> bytes:
    """
    Text as the bytes that a script gets.
    """
    return value.encode("utf-8", "surrogateescape")

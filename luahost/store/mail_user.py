"""
The mail user, as Dovecot shows it to scripts.
"""

from __future__ import annotations

from collections.abc import Mapping

from luahost.dataclass import KW_ONLY, dataclass, field, fields

_write = object.__setattr__


@dataclass(frozen=True, slots=True)
class MailUser:
    """
    A user of the mail server. Immutable; scripts see a copy of these fields.

    Attributes:
        username: Login name, ``bob`` or ``bob@example.org``.

        home: Home directory; ``/home/USERNAME`` unless given.

        uid: System user ID.

        gid: System group ID.

        service: The Dovecot process that works for the user: ``lmtp``, ``lda``, ``imap``, ``doveadm``.

        session_id: Dovecot's session, None if there is none.

        session_create_time: When the session began, in seconds since 1970; None for the moment that it
            is opened here.

        userdb: Extra fields of the user database. ``plugin_getenv`` prefers them to settings, and
            ``var_expand`` knows them as ``%{userdb:NAME}``; they are no fields of the object.
    """

    username: str
    _: KW_ONLY
    home: str = ""
    uid: int = 1000
    gid: int = 1000
    service: str = "lmtp"
    session_id: str | None = "luahost"
    session_create_time: int | None = None
    nonexistent: bool = False
    anonymous: bool = False
    autocreated: bool = False
    mail_debug: bool = False
    fuzzy_search: bool = False
    dsyncing: bool = False
    admin: bool = False
    session_restored: bool = False
    userdb: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.username, str) or not self.username:
            raise ValueError(f"a user needs a name, not {self.username!r}")
        if not self.home:
            _write(self, "home", f"/home/{self.username}")

    def beginning(self, at: int) -> MailUser:
        """
        The same user in a session that begins then, in seconds since 1970.
        """
        # Not by replace(), which looks at all fields again: each delivery is a session.
        made = object.__new__(MailUser)
        for name in _NAMES:
            _write(made, name, getattr(self, name))
        _write(made, "session_create_time", at)
        return made


_NAMES = tuple(attribute.name for attribute in fields(MailUser))

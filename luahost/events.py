"""
The twelve events of RFC 5423 that Dovecot's push framework knows, as frozen Python values.

What a script sees of an event is the dialect's business; here stands what happened. Handler names
are derived from the class names once, by Dovecot's own rule: each capital becomes ``_`` and its
lower case. ``EVENTS`` is in Dovecot's registration order, which is also the order in which it looks
for handlers.

Sources: RFC 5423 section 4; the wiki page of 2019, "Mailbox events" and "Message events".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from luahost import dataclass as dataclasses
from luahost.dataclass import dataclass

FLAG_BITS = {
    "\\Answered": 0x01,
    "\\Flagged": 0x02,
    "\\Deleted": 0x04,
    "\\Seen": 0x08,
    "\\Draft": 0x10,
    "\\Recent": 0x20,
}
"""The system flags in Dovecot's order, and their bits in its ``flags`` bitmask."""

UINT32_MAX = 0xFFFFFFFF

EXACT_MAX = 2**53
"""The largest number that every Lua version tells from its neighbours."""


def handler_name(event_name: str) -> str:
    """
    The name of the Lua function for an event: ``MessageNew`` → ``dovecot_lua_notify_event_message_new``.
    """
    return "dovecot_lua_notify_event" + re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), event_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that happened to a mailbox.

    Attributes:
        mailbox: Name as users see it, in UTF-8, with the namespace's separator.
    """

    name: ClassVar[str]
    handler: ClassVar[str]

    mailbox: str

    def __init_subclass__(cls) -> None:
        # A dataclass with slots is made twice; both times get their names.
        cls.name = cls.__name__
        cls.handler = handler_name(cls.__name__)

    def __post_init__(self) -> None:
        if not isinstance(self.mailbox, str) or not self.mailbox:
            raise ValueError(f"{self.name}: mailbox is a name, not {self.mailbox!r}")


class MailboxEvent(Event):
    """
    What happens to a mailbox as a whole. Abstract.
    """

    __slots__ = ()


class MailboxCreate(MailboxEvent):
    """
    A mailbox has been created.
    """

    __slots__ = ()


class MailboxDelete(MailboxEvent):
    """
    A mailbox has been deleted.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRename(MailboxEvent):
    """
    A mailbox has been renamed from ``mailbox_old`` to ``mailbox``.
    """

    mailbox_old: str

    def __post_init__(self) -> None:
        # A class made anew for its slots has no zero-argument super().
        Event.__post_init__(self)
        if not isinstance(self.mailbox_old, str) or not self.mailbox_old:
            raise ValueError(f"{self.name}: mailbox_old is a name, not {self.mailbox_old!r}")


class MailboxSubscribe(MailboxEvent):
    """
    A mailbox has been subscribed to. It does not necessarily exist.
    """

    __slots__ = ()


class MailboxUnsubscribe(MailboxEvent):
    """
    A mailbox has been unsubscribed from. It does not necessarily exist.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(Event):
    """
    What happens to one message. Abstract.

    Attributes:
        uid: The message's UID.

        uid_validity: The mailbox's UIDVALIDITY.
    """

    uid: int
    uid_validity: int

    def __post_init__(self) -> None:
        # A class made anew for its slots has no zero-argument super().
        Event.__post_init__(self)
        for field in ("uid", "uid_validity"):
            number = getattr(self, field)
            if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= UINT32_MAX:
                raise ValueError(f"{self.name}: {field} is a number from 1 to {UINT32_MAX}, not {number!r}")
        for field in _LISTS:
            if hasattr(self, field):
                object.__setattr__(self, field, _names(self, field))


_LISTS = ("flags", "flags_old", "keywords", "keywords_old")


def _names(event: MessageEvent, field: str) -> tuple[str, ...]:
    """
    A field's list as a tuple, once it is seen that it holds what it should.
    """
    names = getattr(event, field)
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{event.name}: {field} is a list of names, not {names!r}")
    for name in names if field.startswith("flags") else ():
        if name not in FLAG_BITS:
            raise ValueError(f"{event.name}: {name!r} in {field} is none of {' '.join(FLAG_BITS)}")
    return tuple(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMessageEvent(MessageEvent):
    """
    A message has come into a mailbox. Abstract.

    Text may hold bytes that are no UTF-8, as ``surrogateescape`` characters.

    Attributes:
        date: The Date header in seconds since 1970, 0 without one.

        tz: The Date header's offset in minutes east of UTC.

        from_: The first From header as it stands in the message; a script sees it as ``from``.

        to: The first To header, likewise.

        subject: Decoded Subject, None without the header.

        snippet: The beginning of the text, at most 200 characters.

        message_id: The Message-ID header as it stands, None without one.

        from_address: The first address of From; ``to_address`` likewise.

        from_display_name: Its decoded name; ``to_display_name`` likewise.

        flags: System flags that the message came with, in the order of ``FLAG_BITS``.

        keywords: Keywords that the message came with.

        headers: The first From, To and Subject headers as they stand, by their names in lower case, for
            drivers that show headers undecoded; one that the message lacks is not there. None where nobody
            has looked: then ``from_``, ``to`` and ``subject`` must do.
    """

    date: int = 0
    tz: int = 0
    from_: str = ""
    to: str = ""
    subject: str | None = None
    snippet: str = ""
    message_id: str | None = None
    from_address: str = ""
    from_display_name: str = ""
    to_address: str = ""
    to_display_name: str = ""
    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    headers: Mapping[str, str] | None = dataclasses.field(default=None, hash=False)

    def __post_init__(self) -> None:
        MessageEvent.__post_init__(self)
        for field in ("date", "tz"):
            number = getattr(self, field)
            if isinstance(number, bool) or not isinstance(number, int) or abs(number) > EXACT_MAX:
                raise ValueError(f"{self.name}: {field} is a whole number up to 2^53, not {number!r}")
        for field in ("from_", "to", "snippet", *_ADDRESS_PARTS):
            if not isinstance(getattr(self, field), str):
                raise ValueError(f"{self.name}: {field} is text, not {getattr(self, field)!r}")
        for field in ("subject", "message_id"):
            if not isinstance(getattr(self, field), str | None):
                raise ValueError(f"{self.name}: {field} is text or None, not {getattr(self, field)!r}")
        if self.headers is not None and not all(isinstance(value, str) for value in self.headers.values()):
            raise ValueError(f"{self.name}: headers are text by their names, not {self.headers!r}")

    def header(self, name: str) -> str | None:
        """
        The first ``from``, ``to`` or ``subject`` header as it stands, None without one.
        """
        if self.headers is not None:
            return self.headers.get(name)
        return {"from": self.from_ or None, "to": self.to or None, "subject": self.subject}[name]


_ADDRESS_PARTS = ("from_address", "from_display_name", "to_address", "to_display_name")


class MessageAppend(SavedMessageEvent):
    """
    A message has been appended to a mailbox.
    """

    __slots__ = ()


class MessageNew(SavedMessageEvent):
    """
    A message has been delivered.
    """

    __slots__ = ()


class MessageExpunge(MessageEvent):
    """
    A message has been expunged.
    """

    __slots__ = ()


class MessageRead(MessageEvent):
    r"""
    A message has been marked ``\Seen``.
    """

    __slots__ = ()


class MessageTrash(MessageEvent):
    r"""
    A message has been marked ``\Deleted``.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagsSet(MessageEvent):
    """
    Flags or keywords have been set.

    Attributes:
        flags: System flags that are set now and were not before.

        keywords: Keywords that are set now and were not before.
    """

    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagsClear(MessageEvent):
    """
    Flags or keywords have been removed.

    Attributes:
        flags: System flags that were set before and are not now.

        flags_old: All system flags before.

        keywords: Keywords that were set before and are not now.

        keywords_old: All keywords before.
    """

    flags: tuple[str, ...] = ()
    flags_old: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    keywords_old: tuple[str, ...] = ()


EVENTS: tuple[type[Event], ...] = (
    FlagsClear,
    FlagsSet,
    MailboxCreate,
    MailboxDelete,
    MailboxRename,
    MailboxSubscribe,
    MailboxUnsubscribe,
    MessageAppend,
    MessageExpunge,
    MessageNew,
    MessageRead,
    MessageTrash,
)
"""All twelve, in Dovecot's registration order."""

"""
What a client or a delivery asks of the mail store: one value for each operation.

An operation says what is wanted, not what comes of it; ``perform`` finds that out. Names of mailboxes
are as users see them (UTF-8, ``/`` between levels), and messages are named as in IMAP, by a
:class:`~luahost.store.message_set.MessageSet`.

Source: RFC 3501 section 6, RFC 3502 (several messages in one APPEND), RFC 4315 (UID EXPUNGE), RFC 6851
(MOVE). Flags and sets that IMAP would not take raise ``UsageError`` where the operation is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from luahost.dataclass import dataclass, field
from luahost.errors import UsageError
from luahost.events import FLAG_BITS
from luahost.store.message_set import MessageSet

FlagChange: TypeAlias = Literal["add", "remove", "replace"]
"""``+FLAGS``, ``-FLAGS`` and ``FLAGS`` of IMAP's STORE."""


def _checked_flags(flags: Iterable[str]) -> tuple[str, ...]:
    r"""
    Flags in Dovecot's order; clients cannot give ``\Recent``.
    """
    found = set(flags)
    for flag in found:
        if flag not in FLAG_BITS or flag == "\\Recent":
            raise UsageError(f"Invalid system flag {flag.upper()}")
    return tuple(flag for flag in FLAG_BITS if flag in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """
    A message on its way into a mailbox.

    Attributes:
        fields: What events say about it, by the names of ``luahost.events.SavedMessageEvent``.

        flags: System flags that it comes with.

        keywords: Keywords that it comes with.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "flags", _checked_flags(self.flags))
        object.__setattr__(self, "keywords", tuple(self.keywords))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """
    A message arrives, as by LMTP.

    Attributes:
        mailbox: Where it goes; made if it is not there, as with ``lda_mailbox_autocreate``.

        subscribe: Whether a mailbox made for it is subscribed to, as with ``lda_mailbox_autosubscribe``.
    """

    message: NewMessage
    mailbox: str = "INBOX"
    subscribe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """
    IMAP's APPEND, of one message or several.

    Attributes:
        fails: Whether something goes wrong after these messages, so that none is kept: a bad message
            follows, or the client goes away.
    """

    messages: tuple[NewMessage, ...]
    mailbox: str = "INBOX"
    fails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """
    A mailbox is opened by SELECT, or by EXAMINE if ``read_only``.
    """

    mailbox: str = "INBOX"
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unselect:
    """
    The selected mailbox is left; with ``expunge`` as by CLOSE.
    """

    expunge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """
    A mailbox is looked at without being selected.
    """

    mailbox: str = "INBOX"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """
    A client asks for something that is always the same.
    """


class ListMailboxes(_Asking):
    """
    The mailboxes are listed.
    """

    __slots__ = ()


class Noop(_Asking):
    """
    The client asks whether there is anything new in the selected mailbox.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFlags:
    """
    Flags and keywords of messages are changed.
    """

    messages: MessageSet
    change: FlagChange
    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    mailbox: str = "INBOX"

    def __post_init__(self) -> None:
        object.__setattr__(self, "flags", _checked_flags(self.flags))
        object.__setattr__(self, "keywords", tuple(self.keywords))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    r"""
    Messages are read, which sets ``\Seen``.

    Attributes:
        peek: Whether it stays as it is, as with ``BODY.PEEK[]`` and where no text is asked for.

        opens: Whether a text is asked for at all, and not only flags and the like.
    """

    messages: MessageSet
    peek: bool = False
    opens: bool = True
    mailbox: str = "INBOX"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToMailbox:
    """
    Messages get to the mailbox ``to``.
    """

    messages: MessageSet
    to: str
    mailbox: str = "INBOX"


class Copy(_ToMailbox):
    """
    Messages are copied to the mailbox ``to``, which may be their own.
    """

    __slots__ = ()


class Move(_ToMailbox):
    """
    Messages are moved to the mailbox ``to``.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expunge:
    r"""
    Messages with ``\Deleted`` are removed for good: all, or those of a set.
    """

    messages: MessageSet | None = None
    mailbox: str = "INBOX"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMailbox:
    """
    What is done with a mailbox as a whole.
    """

    mailbox: str


class Create(_OfMailbox):
    """
    A mailbox is made; a ``/`` at the end says that it is to hold others.
    """

    __slots__ = ()


class Delete(_OfMailbox):
    """
    A mailbox is removed, with the messages in it.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """
    A mailbox and those below it get another name.
    """

    mailbox: str
    to: str


class Subscribe(_OfMailbox):
    """
    A mailbox is subscribed to.
    """

    __slots__ = ()


class Unsubscribe(_OfMailbox):
    """
    A subscription ends; its mailbox may be gone.
    """

    __slots__ = ()


Operation: TypeAlias = (
    Deliver
    | Append
    | Select
    | Unselect
    | Status
    | ListMailboxes
    | Noop
    | StoreFlags
    | Fetch
    | Copy
    | Move
    | Expunge
    | Create
    | Delete
    | Rename
    | Subscribe
    | Unsubscribe
)

"""
The in-memory mail store: mailboxes and flags, and of message texts what events say about them.
METADATA it leaves to a ``MetadataStore``, in memory too unless it is given another.

It changes in two ways. ``perform`` carries out operations, as clients ask for them; and it learns from
events that somebody else made up (:meth:`MemoryStore.observe`): after a ``MessageNew`` with UID 4 the
mailbox holds that message. Either way a script that asks for the status sees the mail it is told of.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from luahost import events
from luahost.dataclass import dataclass, field, fields
from luahost.store.mail_store import MailboxError, MailboxStatus
from luahost.store.mailbox_names import checked_name, operable_name
from luahost.store.metadata import MemoryMetadata, MetadataStore
from luahost.store.storage import MAILDIR, Storage

FIRST_UID_VALIDITY = 1
"""UIDVALIDITY of the first mailbox that is made without one; each further one gets the next number."""


_OWN_FIELDS = {"mailbox", "uid", "uid_validity", "flags", "keywords"}
_SAVED_FIELDS = tuple(
    field.name for field in fields(events.SavedMessageEvent) if field.name not in _OWN_FIELDS
)
_saved_values = attrgetter(*_SAVED_FIELDS)
_mailbox_of = attrgetter("mailbox")
_place_of = attrgetter("mailbox", "uid_validity")
_type_of: Any = type
_MESSAGE_EVENTS = frozenset(event for event in events.EVENTS if issubclass(event, events.MessageEvent))
_MAILS = frozenset(event for event in events.EVENTS if issubclass(event, events.SavedMessageEvent))

MOST_UNREAD, OF_A_MAIL = 10_000, 10
"""Events that a store keeps before it reads them; one that has the texts of a mail counts as so many."""

NONE = frozenset[str]()
"""Most messages have no flags or no keywords, and many live."""

_no_fields: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Message:
    """
    A message's flags, and what events said about it; its place in ``Mailbox.messages`` is its UID.

    Attributes:
        recent: Whether no client has selected the mailbox since it came.

        fields: Headers and snippet, by the names of ``luahost.events.SavedMessageEvent``.
    """

    flags: frozenset[str] = NONE
    keywords: frozenset[str] = NONE
    recent: bool = True
    fields: Mapping[str, Any] = _no_fields


@functools.lru_cache(maxsize=256)
def _both(before: frozenset[str], names: tuple[str, ...]) -> frozenset[str]:
    """
    These and those; the same set again where many messages have the same.
    """
    return before.union(names)


@dataclass(slots=True)
class Mailbox:
    """
    One mailbox of one user.

    Attributes:
        keywords: Every keyword that was ever used here, in order of first use, as first spelled.

        settled: False for a Maildir INBOX that an APPEND has made and no one has looked at yet; see
            :meth:`settle`. The second time that something is saved into it, what came the first time is
            no longer recent.
    """

    uid_validity: int
    uid_next: int = 1
    messages: dict[int, Message] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)
    modseq: int = 1
    settled: bool = True

    @property
    def uids(self) -> list[int]:
        """
        The UIDs of all messages, ascending.
        """
        return sorted(self.messages)

    def settle(self) -> None:
        """
        Somebody looks at the mailbox.

        If it was not settled, Dovecot takes the messages up to the last one that came with flags or keywords
        for old ones: these stand in the folder ``cur``, and which are recent is not written down yet.
        """
        if self.settled:
            return
        self.settled = True
        last = max(
            (uid for uid, message in self.messages.items() if message.flags or message.keywords), default=0
        )
        for uid, message in self.messages.items():
            message.recent = message.recent and uid > last

    def spelled(self, keywords: Iterable[str]) -> tuple[str, ...]:
        """
        These keywords as the mailbox spells them and in its order; new ones are added to it.

        As in Dovecot, where one is given twice those after it are lost, though the mailbox knows them then.
        """
        if not keywords:
            return ()
        known = {keyword.lower(): keyword for keyword in self.keywords}
        found: set[str] = set()
        twice = False
        for keyword in keywords:
            if keyword.lower() not in known:
                known[keyword.lower()] = keyword
                self.keywords.append(keyword)
            twice = twice or known[keyword.lower()] in found
            if not twice:
                found.add(known[keyword.lower()])
        return self.in_order(found)

    def in_order(self, keywords: Iterable[str]) -> tuple[str, ...]:
        """
        Keywords of this mailbox in its order.
        """
        wanted = set(keywords)
        return tuple(keyword for keyword in self.keywords if keyword in wanted)

    def put(self, uid: int, flags: Collection[str], keywords: Collection[str]) -> Message:
        """
        A message under this UID, made if need be, with these flags added.
        """
        message = self.messages.get(uid)
        if message is None:
            message = self.messages[uid] = Message()
        if flags:
            message.flags = _both(message.flags, tuple(flags))
        if keywords:
            message.keywords = _both(message.keywords, self.spelled(keywords))
        if uid >= self.uid_next:
            self.uid_next = uid + 1
        return message

    def observe(self, event: events.MessageEvent) -> None:
        """
        Bring the mailbox to the state that the event tells of.
        """
        self.modseq += 1
        match event:
            case events.SavedMessageEvent():
                message = self.put(event.uid, event.flags, event.keywords)
                self.modseq += len(event.keywords)  # each is a change of its own in Dovecot's index
                message.fields = dict(zip(_SAVED_FIELDS, _saved_values(event), strict=True))
            case events.MessageExpunge():
                self.messages.pop(event.uid, None)
                self.uid_next = max(self.uid_next, event.uid + 1)
            case events.FlagsSet():
                self.put(event.uid, event.flags, event.keywords)
            case events.MessageRead():
                self.put(event.uid, ("\\Seen",), ())
            case events.MessageTrash():
                self.put(event.uid, ("\\Deleted",), ())
            case events.FlagsClear():
                message = self.put(event.uid, (), ())
                message.flags = message.flags.difference(event.flags)
                message.keywords = message.keywords.difference(self.spelled(event.keywords))


@dataclass(slots=True)
class Account:
    """
    What one user has.

    Attributes:
        inbox_made: Whether INBOX is there for operations; scripts find it in any case, as opening it
            makes it.

        folder_made: Whether the folder of INBOX is there, which keeps Dovecot from telling of INBOX.

        directories: Names that are no mailboxes but hold some, in storage that has directories.
    """

    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)
    inbox_made: bool = False
    folder_made: bool = False
    directories: set[str] = field(default_factory=set)

    def names_below(self, name: str) -> list[str]:
        """
        The mailboxes and directories below one.
        """
        return sorted(other for other in {*self.mailboxes, *self.directories} if other.startswith(name + "/"))


class MemoryStore:
    """
    Users, mailboxes and METADATA in memory. Users appear at first mention, with an empty INBOX.

    Args:
        storage: The kind of storage whose ways operations follow.

        attributes: Whether there is METADATA: Dovecot has it only with a dictionary to keep it in.

        metadata: Where METADATA is kept; in memory unless told otherwise.
    """

    def __init__(
        self,
        storage: Storage = MAILDIR,
        *,
        attributes: bool = True,
        metadata: MetadataStore | None = None,
    ) -> None:
        self.storage = storage
        self.attributes = attributes
        self.metadata_store: MetadataStore = MemoryMetadata() if metadata is None else metadata
        self._accounts: dict[str, Account] = {}
        self._unread: list[tuple[str, Sequence[Any]]] = []
        self._unread_count = 0
        self._last_uid_validity = FIRST_UID_VALIDITY - 1

    def create(self, user: str, mailbox: str, *, uid_validity: int | None = None) -> Mailbox:
        """
        The mailbox, made if it is not there; with a ``uid_validity`` it gets that one.
        """
        mailbox = checked_name(mailbox)
        account = self.account(user)
        account.inbox_made = True
        if mailbox not in account.mailboxes:
            account.mailboxes[mailbox] = Mailbox(uid_validity or self.next_uid_validity())
        elif uid_validity is not None:
            account.mailboxes[mailbox].uid_validity = uid_validity
        return account.mailboxes[mailbox]

    def remove(self, user: str, name: str) -> None:
        """
        The mailbox goes, if it is there, and its METADATA.
        """
        self.account(user).mailboxes.pop(name, None)
        self.metadata_store.delete(user, name)

    def rename(self, user: str, name: str, to: str) -> None:
        """
        The mailbox takes its messages and METADATA to another name; it is made there if it was not there.
        """
        mailboxes = self.account(user).mailboxes
        mailbox = mailboxes.pop(name, None)
        mailboxes[to] = mailbox or Mailbox(self.next_uid_validity())
        self.metadata_store.rename(user, name, to)

    def next_message(self, user: str, mailbox: str) -> tuple[int, int]:
        """
        UID and UIDVALIDITY that the next message saved into this mailbox gets.
        """
        box = self.create(user, mailbox)
        return box.uid_next, box.uid_validity

    def check(self, told: Sequence[events.Event]) -> None:
        """
        See that these events can be.

        Raises:
            MailboxError: One tells of a mailbox with a name that no mailbox can have.
        """
        for name in set(map(_mailbox_of, told)):
            checked_name(name)
        for event in told if events.MailboxRename in set(map(_type_of, told)) else ():
            if isinstance(event, events.MailboxRename):
                checked_name(event.mailbox_old)

    def observe(self, user: str, *told: events.Event) -> None:
        """
        Bring the store to the state that the events tell of.

        Raises:
            MailboxError: One tells of a mailbox with a name that no mailbox can have. Nothing has changed.
        """
        self.check(told)
        self.note(user, told)

    def note(self, user: str, told: Sequence[events.Event]) -> None:
        """
        The same of events that have been checked. What they say of messages is looked at when somebody asks.
        """
        if user not in self._accounts:
            self._new_account(user)
        kinds = set(map(_type_of, told))
        if _MESSAGE_EVENTS.issuperset(kinds):
            self._unread.append((user, told))
            self._unread_count += len(told) * (1 if _MAILS.isdisjoint(kinds) else OF_A_MAIL)
            if self._unread_count > MOST_UNREAD:
                self._read_up()
            return
        self._read_up()
        for event in told:
            self._read(user, event)

    def _read_up(self) -> None:
        """
        Read what events of messages say that nobody has asked about so far.
        """
        unread, self._unread, self._unread_count = self._unread, [], 0
        for user, told in unread:
            for (mailbox, uid_validity), of_one in groupby(told, _place_of):
                box = self.create(user, mailbox, uid_validity=uid_validity)
                for event in of_one:
                    box.observe(event)

    def _read(self, user: str, event: events.Event) -> None:
        account = self._accounts[user]
        match event:
            case events.MessageEvent():
                self.create(user, event.mailbox, uid_validity=event.uid_validity).observe(event)
            case events.MailboxCreate():
                self.create(user, event.mailbox)
            case events.MailboxDelete():
                self.remove(user, checked_name(event.mailbox))
            case events.MailboxRename():
                self.rename(user, checked_name(event.mailbox_old), checked_name(event.mailbox))
            case events.MailboxSubscribe():
                account.subscriptions.add(checked_name(event.mailbox))
            case events.MailboxUnsubscribe():
                account.subscriptions.discard(checked_name(event.mailbox))

    def open(self, user: str, mailbox: str) -> None:
        """
        See :meth:`~luahost.store.mail_store.MailStore.open`.
        """
        self._mailbox(user, mailbox)

    def status(self, user: str, mailbox: str) -> MailboxStatus:
        """
        See :meth:`~luahost.store.mail_store.MailStore.status`.
        """
        box = self._mailbox(user, mailbox)
        in_order = [box.messages[uid] for uid in sorted(box.messages)]
        unseen = [seq for seq, message in enumerate(in_order, 1) if "\\Seen" not in message.flags]
        recent = [uid for uid, message in box.messages.items() if message.recent]
        return MailboxStatus(
            uid_validity=box.uid_validity,
            uid_next=box.uid_next,
            messages=len(in_order),
            recent=len(recent),
            unseen=len(unseen),
            first_unseen_seq=unseen[0] if unseen else 0,
            first_recent_uid=min(recent, default=box.uid_next),
            highest_modseq=box.modseq,
            keywords=tuple(box.keywords),
        )

    def metadata(self, user: str, mailbox: str) -> Mapping[str, str]:
        """
        See :meth:`~luahost.store.mail_store.MailStore.metadata`.
        """
        self._mailbox(user, mailbox)
        return self.metadata_store.list(user, checked_name(mailbox))

    def set_metadata(self, user: str, mailbox: str, key: str, value: str | None) -> None:
        """
        See :meth:`~luahost.store.mail_store.MailStore.set_metadata`.
        """
        self._mailbox(user, mailbox)
        name = checked_name(mailbox)
        if value is None:
            self.metadata_store.unset(user, name, key)
        else:
            self.metadata_store.set(user, name, key, value)

    def account(self, user: str) -> Account:
        """
        What this user has.
        """
        if self._unread:
            self._read_up()
        return self._accounts.get(user) or self._new_account(user)

    def _new_account(self, user: str) -> Account:
        account = self._accounts[user] = Account({"INBOX": Mailbox(self.next_uid_validity())})
        return account

    def _mailbox(self, user: str, mailbox: str) -> Mailbox:
        name = checked_name(mailbox)
        try:
            return self.account(user).mailboxes[name]
        except KeyError:
            operable_name(mailbox, self.storage)  # says what is wrong with the name, if anything is
            raise MailboxError(f"Mailbox doesn't exist: {name}") from None

    def next_uid_validity(self) -> int:
        """
        A UIDVALIDITY that no mailbox had before.
        """
        self._last_uid_validity += 1
        return self._last_uid_validity

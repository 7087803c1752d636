"""
The in-memory mail store: mailboxes and flags, and of message texts what events say about them.
METADATA it leaves to a ``MetadataStore``, in memory too unless it is given another.

It changes in two ways. ``perform`` carries out operations, as clients ask for them; and it learns from
events that somebody else made up (:meth:`MemoryStore.observe`): after a ``MessageNew`` with UID 4 the
mailbox holds that message. Either way a script that asks for the status sees the mail it is told of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from luahost import events
from luahost.dataclass import dataclass, field
from luahost.store.mail_store import MailboxError, MailboxStatus
from luahost.store.mailbox import Mailbox
from luahost.store.mailbox_names import checked_name, operable_name
from luahost.store.metadata import MemoryMetadata, MetadataStore
from luahost.store.storage import MAILDIR, Storage

FIRST_UID_VALIDITY = 1
"""UIDVALIDITY of the first mailbox that is made without one; each further one gets the next number."""


_type_of: Any = type
_MESSAGE_EVENTS = frozenset(event for event in events.EVENTS if issubclass(event, events.MessageEvent))
_MAILS = frozenset(event for event in events.EVENTS if issubclass(event, events.SavedMessageEvent))

MOST_UNREAD, OF_A_MAIL = 10_000, 10
"""Events that a store keeps before it reads them; one that has the texts of a mail counts as so many."""


@dataclass(slots=True)
class Account:
    r"""
    What one user has.

    Attributes:
        inbox_made: Whether INBOX is there for operations; scripts find it in any case, as opening it
            makes it.

        folder_made: Whether the folder of INBOX is there, which keeps Dovecot from telling of INBOX.

        directories: Names that are no mailboxes but hold some, in storage that has directories.

        noselect: Names that Dovecot's index of mailboxes keeps as ``\NoSelect``, in storage without
            directories: their mailboxes went while there were others below.
    """

    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)
    inbox_made: bool = False
    folder_made: bool = False
    directories: set[str] = field(default_factory=set)
    noselect: set[str] = field(default_factory=set)

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
        for name in {event.mailbox for event in told}:
            checked_name(name)
        if events.MailboxRename in {*map(_type_of, told)}:
            for event in told:
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
        kinds = {*map(_type_of, told)}
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
            self._learn(user, told)

    def _learn(self, user: str, told: Sequence[Any]) -> None:
        """
        Learn what events of messages say.
        """
        mailbox = uid_validity = None
        for event in told:
            if event.mailbox != mailbox or event.uid_validity != uid_validity:
                mailbox, uid_validity = event.mailbox, event.uid_validity
                box = self.create(user, mailbox, uid_validity=uid_validity)
            box.observe(event)

    def _read(self, user: str, event: events.Event) -> None:
        account = self.account(user)
        match event:
            case events.MessageEvent():
                self._learn(user, [event])
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

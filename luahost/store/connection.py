"""
One client or delivery at the store: which mailbox it has selected, and what it may rely on.

The pieces that every operation needs are here: finding a mailbox, with the INBOX that Dovecot makes
by itself, selecting one, and telling of events in order.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

from luahost.dataclass import dataclass, field
from luahost.dialects import Dialect
from luahost.events import Event, MailboxCreate
from luahost.store.actions import Action, Commit, Notify
from luahost.store.mail_store import MailboxError
from luahost.store.mailbox import Mailbox, Message
from luahost.store.mailbox_names import operable_name
from luahost.store.memory import Account, MemoryStore
from luahost.store.message_order import hash_order


@dataclass(slots=True)
class Selection:
    r"""
    A selected mailbox.

    Attributes:
        messages: The messages that this client knows of, as when it was last told, by their UIDs in ascending
            order; by their places in here it names them, also those that others have removed since.

        leaves_recent: Whether those are recent to the next client as well.

        recent: UIDs that this client sees as ``\Recent``: those that no client had seen before it.
    """

    name: str
    mailbox: Mailbox
    read_only: bool
    leaves_recent: bool
    messages: dict[int, Message] = field(default_factory=dict)
    recent: set[int] = field(default_factory=set)

    @property
    def uids(self) -> list[int]:
        """
        The UIDs of the messages, ascending.
        """
        return [*self.messages]

    def look(self, *, for_expunges: bool = True, for_recent: bool = True) -> None:
        """
        The client is told of what others did; new messages are its to see as recent, and nobody's after it.
        Unless it looks ``for_expunges`` too, messages that others have removed keep their places.
        """
        found = self.mailbox.messages
        if not for_expunges:
            found = self.messages | found
        self.messages = {uid: found[uid] for uid in sorted(found)}
        if for_recent:
            self.take_recent()

    def take_recent(self) -> None:
        """
        Messages that no client has seen become this client's recent ones.
        """
        for uid, message in self.mailbox.messages.items():
            if message.recent:
                self.recent.add(uid)
                message.recent = self.leaves_recent


class Connection:
    """
    What one session has at the store.

    Args:
        username: Whose mailboxes they are.

        dialect: Whose ways are followed.

        client: Whether it is a mail client, to which alone new messages are recent that it has seen. doveadm
            is none.
    """

    def __init__(self, store: MemoryStore, username: str, dialect: Dialect, *, client: bool = True) -> None:
        self.store = store
        self.username = username
        self.dialect = dialect
        self.selection: Selection | None = None
        self._client = client
        self._transactions = itertools.count(1)
        self._named: list[tuple[Mailbox, str]] = []

    @property
    def account(self) -> Account:
        """
        The user's mailboxes.
        """
        return self.store.account(self.username)

    def name(self, mailbox: str) -> str:
        """
        The one form of a mailbox's name.

        Raises:
            MailboxError: No mailbox can have it.
        """
        return operable_name(mailbox, self.store.storage)

    def close(self) -> None:
        """
        The session ends: keywords that it has named and nobody has stored are forgotten.
        """
        for mailbox, keyword in self._named:
            if keyword not in mailbox.stored:
                mailbox.keywords.remove(keyword)
        self._named.clear()

    def spelled(self, mailbox: Mailbox, keywords: Sequence[str]) -> tuple[str, ...]:
        """
        Keywords as the mailbox spells them and in its order; it knows new ones as long as this session.
        """
        before = len(mailbox.keywords)
        found = mailbox.spelled(keywords)
        self._named += [(mailbox, keyword) for keyword in mailbox.keywords[before:]]
        return found

    def transaction(self) -> int:
        """
        A number for a new transaction.
        """
        return next(self._transactions)

    def tell(self, event: Event) -> Iterator[Action]:
        """
        A transaction of one event, of something that has happened.
        """
        transaction = self.transaction()
        yield Notify(transaction, event)
        yield Commit(transaction)

    def notify(self, transaction: int, events: Mapping[int, Iterable[Event]]) -> Iterator[Action]:
        """
        The events of messages, by the messages' places, in the order in which they are told.
        """
        for place in hash_order(events) if self.dialect.hash_order else events:
            for event in events[place]:
                yield Notify(transaction, event)

    def has(self, name: str) -> bool:
        """
        Whether there is such a mailbox.
        """
        if name == "INBOX":
            return self.account.inbox_made or self.dialect.inbox_announced == "never"
        return name in self.account.mailboxes

    def make(self, name: str) -> Mailbox:
        """
        A new mailbox, with the directories that it needs.
        """
        account = self.account
        mailbox = account.mailboxes.get("INBOX") if name == "INBOX" else None
        mailbox = mailbox or Mailbox(self.store.next_uid_validity())
        account.mailboxes[name] = mailbox
        account.inbox_made = account.inbox_made or name == "INBOX"
        self.make_directories(name)
        account.directories.discard(name)
        return mailbox

    def make_directories(self, name: str) -> None:
        """
        What is above a name is there.
        """
        account = self.account
        if not self.store.storage.directories:
            return
        levels = name.split("/")
        above = {"/".join(levels[:depth]) for depth in range(1, len(levels))}
        account.directories |= above - account.mailboxes.keys() - {"INBOX"}

    def inbox(self) -> Iterator[Action]:
        """
        INBOX is needed: if it is not there Dovecot makes it, without a word where its folder is there.
        """
        if self.has("INBOX"):
            return
        mailbox = self.make("INBOX")
        if not self.account.folder_made:
            mailbox.settled = not self.store.storage.inbox_is_root
            yield from self.tell(MailboxCreate(mailbox="INBOX"))

    def inbox_with(self, name: str) -> Iterator[Action]:
        """
        A mailbox was made, and the folders above it: if INBOX is one of them it is there now too.
        """
        storage = self.store.storage
        if storage.inbox_is_root and self.dialect.inbox_announced != "always":
            self.make("INBOX")
        elif storage.inbox_is_root or name.startswith("INBOX/"):
            yield from self.inbox()

    def look_for_mailbox(self) -> None:
        """
        A mailbox is looked for, be it there or not, and the folder of all mailboxes is made by that: where
        it is INBOX, only CREATE still finds that there is no INBOX.
        """
        if self.store.storage.inbox_is_root and self.dialect.inbox_announced != "always":
            self.account.folder_made = True

    def saved(self, mailbox: Mailbox) -> None:
        """
        Messages have come into a mailbox by this client: if it has selected that one it has seen them, before
        a script hears of them.
        """
        if self.selection is not None and self.selection.mailbox is mailbox:
            self.selection.take_recent()

    def existing(
        self, mailbox: str, *, code: str | None = None
    ) -> Generator[Action, None, tuple[str, Mailbox]]:
        """
        A mailbox that is there, and its name.

        Args:
            mailbox: Its name as it was given.

            code: IMAP's code of the error if it is not there.

        Raises:
            MailboxError: It is not there.
        """
        name = self.name(mailbox)
        if name == "INBOX":
            yield from self.inbox()
        else:
            self.look_for_mailbox()
            if not self.has(name):
                raise MailboxError(f"Mailbox doesn't exist: {name}", code=code)
        return name, self.account.mailboxes[name]

    def select(self, mailbox: str, *, read_only: bool = False) -> Generator[Action, None, Selection]:
        """
        Select a mailbox.
        """
        self.selection = None
        name, found = yield from self.existing(mailbox)
        found.settle()
        self.selection = Selection(name, found, read_only, read_only or not self._client)
        self.selection.look()
        return self.selection

    def selected(self, mailbox: str) -> Generator[Action, None, Selection]:
        """
        The selection, of this mailbox: if another is selected, or none, this one is now.
        """
        selection = self.selection
        if (
            selection is not None
            and selection.name == self.name(mailbox)
            and self.account.mailboxes.get(selection.name) is selection.mailbox
        ):
            return selection
        return (yield from self.select(mailbox))

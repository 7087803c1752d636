"""
The in-memory mail store: mailboxes and flags, no message texts.

It learns of the world from events (:meth:`MemoryStore.observe`): after a ``MessageNew`` with UID 4
the mailbox holds that message, so a script that asks for the status sees the mail it is told of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from luahost import events
from luahost.store.mail_store import MailboxError, MailboxStatus

FIRST_UID_VALIDITY = 1
"""UIDVALIDITY of the first mailbox that is made without one; each further one gets the next number."""


@dataclass(slots=True)
class Message:
    """
    A message's flags; its place in ``Mailbox.messages`` is its UID.
    """

    flags: set[str] = field(default_factory=set)
    keywords: set[str] = field(default_factory=set)
    recent: bool = True


@dataclass(slots=True)
class Mailbox:
    """
    One mailbox of one user.
    """

    uid_validity: int
    uid_next: int = 1
    messages: dict[int, Message] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    modseq: int = 1

    def put(self, uid: int, flags: Iterable[str], keywords: Iterable[str]) -> Message:
        """
        A message under this UID, made if need be, with these flags added.
        """
        message = self.messages.setdefault(uid, Message())
        message.flags.update(flags)
        for keyword in keywords:
            message.keywords.add(keyword)
            if keyword not in self.keywords:
                self.keywords.append(keyword)
        self.uid_next = max(self.uid_next, uid + 1)
        return message


@dataclass(slots=True)
class Account:
    """
    What one user has.
    """

    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)


class MemoryStore:
    """
    Users, mailboxes and METADATA in memory. Users appear at first mention, with an empty INBOX.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._last_uid_validity = FIRST_UID_VALIDITY - 1

    def create(self, user: str, mailbox: str, *, uid_validity: int | None = None) -> Mailbox:
        """
        The mailbox, made if it is not there; with a ``uid_validity`` it gets that one.
        """
        mailbox = checked_name(mailbox)
        account = self._account(user)
        if mailbox not in account.mailboxes:
            account.mailboxes[mailbox] = Mailbox(uid_validity or self._next_uid_validity())
        elif uid_validity is not None:
            account.mailboxes[mailbox].uid_validity = uid_validity
        return account.mailboxes[mailbox]

    def next_message(self, user: str, mailbox: str) -> tuple[int, int]:
        """
        UID and UIDVALIDITY that the next message saved into this mailbox gets.
        """
        box = self.create(user, mailbox)
        return box.uid_next, box.uid_validity

    def observe(self, user: str, event: events.Event) -> None:
        """
        Bring the store to the state that the event tells of.
        """
        account = self._account(user)
        match event:
            case events.MailboxCreate():
                self.create(user, event.mailbox)
            case events.MailboxDelete():
                account.mailboxes.pop(checked_name(event.mailbox), None)
            case events.MailboxRename():
                old = account.mailboxes.pop(checked_name(event.mailbox_old), None)
                account.mailboxes[checked_name(event.mailbox)] = old or Mailbox(self._next_uid_validity())
            case events.MailboxSubscribe():
                account.subscriptions.add(checked_name(event.mailbox))
            case events.MailboxUnsubscribe():
                account.subscriptions.discard(checked_name(event.mailbox))
            case events.MessageEvent():
                self._observe_message(
                    self.create(user, event.mailbox, uid_validity=event.uid_validity), event
                )

    def _observe_message(self, box: Mailbox, event: events.MessageEvent) -> None:
        box.modseq += 1
        match event:
            case events.MessageExpunge():
                box.messages.pop(event.uid, None)
                box.uid_next = max(box.uid_next, event.uid + 1)
            case events.SavedMessageEvent() | events.FlagsSet():
                box.put(event.uid, event.flags, event.keywords)
            case events.MessageRead():
                box.put(event.uid, ["\\Seen"], ())
            case events.MessageTrash():
                box.put(event.uid, ["\\Deleted"], ())
            case events.FlagsClear():
                message = box.put(event.uid, (), ())
                message.flags.difference_update(event.flags)
                message.keywords.difference_update(event.keywords)

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
        return dict(self._mailbox(user, mailbox).metadata)

    def set_metadata(self, user: str, mailbox: str, key: str, value: str | None) -> None:
        """
        See :meth:`~luahost.store.mail_store.MailStore.set_metadata`.
        """
        metadata = self._mailbox(user, mailbox).metadata
        if value is None:
            metadata.pop(key, None)
        else:
            metadata[key] = value

    def _account(self, user: str) -> Account:
        if user not in self._accounts:
            self._accounts[user] = Account({"INBOX": Mailbox(self._next_uid_validity())})
        return self._accounts[user]

    def _mailbox(self, user: str, mailbox: str) -> Mailbox:
        name = checked_name(mailbox)
        try:
            return self._account(user).mailboxes[name]
        except KeyError:
            raise MailboxError(f"Mailbox doesn't exist: {name}") from None

    def _next_uid_validity(self) -> int:
        self._last_uid_validity += 1
        return self._last_uid_validity


def checked_name(mailbox: str) -> str:
    """
    A mailbox's name in its one form.

    Raises:
        MailboxError: No mailbox can have this name; the words are Dovecot's.
    """
    if not mailbox:
        raise MailboxError("Invalid mailbox name: Name is empty")
    if "//" in mailbox:
        raise MailboxError("Invalid mailbox name: Has adjacent hierarchy separators")
    return "INBOX" if mailbox.upper() == "INBOX" else mailbox

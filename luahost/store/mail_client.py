"""
``MailClient``: the words for operations, for whoever can perform them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from luahost.errors import UsageError
from luahost.store import operations
from luahost.store.message_set import MessageSet
from luahost.store.operations import FlagChange, NewMessage, Operation

Messages: TypeAlias = str | int
"""A set of messages as IMAP writes it, or the number of one."""


class MailClient(ABC):
    r"""
    Somebody who receives, reads and keeps mail.

    Messages are named as in IMAP, ``1``, ``2:4,7`` or ``1:*``, by their places in the mailbox or, with
    ``uid``, by their UIDs; one of them by its number, too. Flags and keywords stand in one list:
    ``[r"\Seen", "$Todo"]``.

    Every method raises ``UsageError`` if a mail server would refuse, in IMAP's words, and if it is given what
    it cannot take.
    """

    @abstractmethod
    def perform(self, operation: Operation) -> None:
        """
        Carry out an operation.
        """

    def deliver(
        self,
        message: Mapping[str, Any],
        *,
        mailbox: str = "INBOX",
        flags: Sequence[str] = (),
        keywords: Sequence[str] = (),
        subscribe: bool = False,
    ) -> None:
        """
        A message arrives, as by LMTP; its mailbox is made if need be and, if asked, subscribed to.
        """
        new = NewMessage(fields=message, flags=_names("flags", flags), keywords=_names("keywords", keywords))
        self.perform(operations.Deliver(message=new, mailbox=mailbox, subscribe=subscribe))

    def append(
        self,
        *messages: Mapping[str, Any] | NewMessage,
        mailbox: str = "INBOX",
        flags: Sequence[str] = (),
        fails: bool = False,
    ) -> None:
        """
        Save messages, with the same flags unless they have their own; if it ``fails``, none is kept.
        """
        system, keywords = _split("flags", flags)
        new = tuple(
            message
            if isinstance(message, NewMessage)
            else NewMessage(fields=message, flags=system, keywords=keywords)
            for message in messages
        )
        self.perform(operations.Append(messages=new, mailbox=mailbox, fails=fails))

    def store(
        self,
        messages: Messages,
        *,
        add: Sequence[str] | None = None,
        remove: Sequence[str] | None = None,
        replace: Sequence[str] | None = None,
        mailbox: str = "INBOX",
        uid: bool = False,
    ) -> None:
        """
        Change flags and keywords: one of ``add``, ``remove`` and ``replace``.
        """
        changes: dict[FlagChange, Sequence[str] | None] = {"add": add, "remove": remove, "replace": replace}
        given = [(change, words) for change, words in changes.items() if words is not None]
        if len(given) != 1:
            raise UsageError("store takes one of add, remove and replace")
        change, words = given[0]
        flags, keywords = _split(change, words)
        self.perform(
            operations.StoreFlags(
                messages=_message_set(messages, uid),
                change=change,
                flags=flags,
                keywords=keywords,
                mailbox=mailbox,
            )
        )

    def read(self, messages: Messages, *, mailbox: str = "INBOX", uid: bool = False) -> None:
        r"""
        Fetch messages, which sets ``\Seen``.
        """
        self.perform(operations.Fetch(messages=_message_set(messages, uid), mailbox=mailbox))

    def copy(self, messages: Messages, to: str, *, mailbox: str = "INBOX", uid: bool = False) -> None:
        """
        Copy messages to the mailbox ``to``.
        """
        self.perform(operations.Copy(messages=_message_set(messages, uid), to=to, mailbox=mailbox))

    def move(self, messages: Messages, to: str, *, mailbox: str = "INBOX", uid: bool = False) -> None:
        """
        Move messages to the mailbox ``to``.
        """
        self.perform(operations.Move(messages=_message_set(messages, uid), to=to, mailbox=mailbox))

    def expunge(self, messages: Messages | None = None, *, mailbox: str = "INBOX", uid: bool = True) -> None:
        r"""
        Remove the messages that have ``\Deleted``: all, or those of a set of UIDs.
        """
        chosen = None if messages is None else _message_set(messages, uid)
        self.perform(operations.Expunge(messages=chosen, mailbox=mailbox))

    def create(self, mailbox: str) -> None:
        """
        Make a mailbox.
        """
        self.perform(operations.Create(mailbox=mailbox))

    def delete(self, mailbox: str) -> None:
        """
        Remove a mailbox and the messages in it.
        """
        self.perform(operations.Delete(mailbox=mailbox))

    def rename(self, mailbox: str, to: str) -> None:
        """
        Give a mailbox another name, and those below it.
        """
        self.perform(operations.Rename(mailbox=mailbox, to=to))

    def subscribe(self, mailbox: str) -> None:
        """
        Subscribe to a mailbox.
        """
        self.perform(operations.Subscribe(mailbox=mailbox))

    def unsubscribe(self, mailbox: str) -> None:
        """
        End a subscription.
        """
        self.perform(operations.Unsubscribe(mailbox=mailbox))


def _split(what: str, words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    The system flags and the keywords of a list; ``what`` it is, for messages.
    """
    names = _names(what, words)
    flags = tuple(name for name in names if name.startswith("\\"))
    return flags, tuple(name for name in names if not name.startswith("\\"))


def _names(what: str, words: Sequence[str]) -> tuple[str, ...]:
    """
    A list of flags or keywords. A text alone would be a list of its letters.
    """
    if not isinstance(words, Iterable) or isinstance(words, str | bytes):
        raise UsageError(f"{what} is a list of names, such as {[words]!r}, and not {words!r}")
    names = tuple(words)
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"{what} is a list of names, and {name!r} is none")
    return names


def _message_set(messages: Messages, by_uid: bool) -> MessageSet:
    if isinstance(messages, int) and not isinstance(messages, bool):
        messages = str(messages)
    if not isinstance(messages, str):
        raise UsageError(f'messages are named as in IMAP, such as "1:3,5", and not {messages!r}')
    return MessageSet(messages, by_uid)

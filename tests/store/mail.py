"""
A user's mail in the in-memory store, worked on with IMAP commands and told of in short strings.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from luahost.dialects import DIALECTS
from luahost.events import Event
from luahost.store import MAILDIR, Connection, MailboxError, MemoryStore, Storage, operations, perform
from luahost.store.actions import Commit, Notify
from tests.conformance.imap import ImapReader

LISTS = ("flags", "flags_old", "keywords", "keywords_old")


def shown(event: Event) -> str:
    r"""
    An event in a few words: ``FlagsSet INBOX 1 flags=\Seen``, empty lists left out.
    """
    words = [event.name, event.mailbox]
    words += [str(getattr(event, name)) for name in ("mailbox_old", "uid") if hasattr(event, name)]
    words += [f"{name}={','.join(getattr(event, name))}" for name in LISTS if getattr(event, name, ())]
    return " ".join(words)


class Mail:
    """
    A user's mail, worked on with IMAP commands.
    """

    def __init__(self, dialect: str, storage: Storage = MAILDIR) -> None:
        self.dialect = DIALECTS[dialect]
        self.store = MemoryStore(storage)
        self.connection = Connection(self.store, "bob", self.dialect)
        self.reader = ImapReader()

    def beside(self) -> Mail:
        """
        The same mail as another client works on it.
        """
        other = Mail(self.dialect.name, self.store.storage)
        other.store = self.store
        other.connection = Connection(self.store, "bob", self.dialect)
        return other

    def does(self, *commands: str) -> list[str]:
        """
        What is told of these commands, one string for each step.
        """
        told = []
        for command in commands:
            for operation in self.reader.operations(command):
                told += self.performs(operation)
        return told

    def performs(
        self,
        operation: operations.Operation,
        connection: Connection | None = None,
        *,
        told: list[str] | None = None,
    ) -> list[str]:
        """
        What is told of an operation; it is added to ``told``, also where the operation is refused.
        """
        told = [] if told is None else told
        waiting: dict[int, list[str]] = {}
        for action in perform(connection or self.connection, operation):
            if isinstance(action, Notify):
                if action.transaction not in waiting:
                    told.append(f"begin {action.transaction}")
                waiting.setdefault(action.transaction, []).append(shown(action.event))
            elif action.transaction in waiting:
                success = isinstance(action, Commit)
                told += waiting[action.transaction] if success else []
                told.append(f"end {action.transaction}" if success else f"failed {action.transaction}")
        return told

    def refusal(self, command: str) -> tuple[str | None, str]:
        """
        Code and words with which a command is refused.
        """
        with pytest.raises(MailboxError) as caught:
            self.does(command)
        return caught.value.code, str(caught.value)


def events(told: Sequence[str]) -> list[str]:
    """
    The events without begins and ends.
    """
    return [words for words in told if not words.startswith(("begin ", "end "))]

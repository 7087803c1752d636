"""
Operations, carried out: the one way in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from luahost.store import mailbox_operations, message_operations, operations
from luahost.store.actions import Action
from luahost.store.connection import Connection
from luahost.store.operations import Operation

_OPERATIONS: dict[type, Callable[[Connection, Any], Iterator[Action]]] = {
    operations.Deliver: message_operations.deliver,
    operations.Append: message_operations.append,
    operations.Copy: message_operations.copy,
    operations.Move: message_operations.move,
    operations.Expunge: message_operations.expunge,
    operations.Unselect: message_operations.unselect,
    operations.StoreFlags: message_operations.store_flags,
    operations.Fetch: message_operations.fetch,
    operations.Select: mailbox_operations.select,
    operations.Status: mailbox_operations.status,
    operations.ListMailboxes: mailbox_operations.list_mailboxes,
    operations.Create: mailbox_operations.create,
    operations.Delete: mailbox_operations.delete,
    operations.Rename: mailbox_operations.rename,
    operations.Subscribe: mailbox_operations.subscribe,
    operations.Unsubscribe: mailbox_operations.unsubscribe,
}


def perform(connection: Connection, operation: Operation) -> Iterator[Action]:
    """
    Carry out an operation, while what it does to transactions is taken from the iterator.

    The store changes between an operation's events and its commit, so whoever acts on each action as it
    comes shows scripts the store as Dovecot does: before the change in ``begin_txn``, after it in the
    handlers.

    Raises:
        MailboxError: The operation is refused, in the words of IMAP's answer; nothing has changed but
            what was committed before.
    """
    yield from _OPERATIONS[type(operation)](connection, operation)
    if connection.selection is not None:
        # After each command, IMAP brings its view of the mailbox up to date.
        connection.selection.take_recent()

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
    operations.Noop: mailbox_operations.noop,
    operations.Create: mailbox_operations.create,
    operations.Delete: mailbox_operations.delete,
    operations.Rename: mailbox_operations.rename,
    operations.Subscribe: mailbox_operations.subscribe,
    operations.Unsubscribe: mailbox_operations.unsubscribe,
}

_BRING_NEWS = (
    operations.Deliver,
    operations.Append,
    operations.Copy,
    operations.Move,
    operations.Expunge,
    operations.StoreFlags,
    operations.Fetch,
    operations.Noop,
)
"""
Operations after which the client is told of what others did to the selected mailbox, if they succeed. Until
then it names messages as it knows them. A delivery is no client's; one that is done in a client's session
is not to be a secret to it.
"""

_HAVE_A_GLANCE = (operations.Append, operations.Copy, operations.Fetch)
r"""
Those of them that do not look for messages nobody has seen, unless they change the selected mailbox: what
others put there is not ``\Recent`` to this client yet, but to the first that looks. (Dovecot looks after all
if it has not for five seconds.)
"""


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
    succeeds = not (isinstance(operation, operations.Append) and operation.fails)
    if connection.selection is not None and succeeds and isinstance(operation, _BRING_NEWS):
        connection.selection.look(
            for_expunges=not _keeps_places(operation), for_recent=not isinstance(operation, _HAVE_A_GLANCE)
        )


def _keeps_places(operation: Operation) -> bool:
    """
    Whether an operation names messages by their places, and therefore leaves them where they are (RFC 3501
    section 7.4.1).
    """
    return isinstance(operation, (operations.StoreFlags, operations.Fetch)) and not operation.messages.by_uid

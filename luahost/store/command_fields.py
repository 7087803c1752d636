"""
What the event of a running IMAP command says of its mailboxes; Dovecot's named events inherit it.

Seen in Dovecot 2.3.19.1, and in recordings of 2.4.1.
"""

from __future__ import annotations

from luahost.events import Event, MailboxCreate
from luahost.store import operations
from luahost.store.connection import Connection
from luahost.store.operations import Operation


def command_fields(connection: Connection, operation: Operation, told: Event) -> dict[str, str]:
    """
    The fields of the command that carries out this operation, while it tells of an event.

    ``mailbox`` is the selected one, or the one that the command names; COPY and MOVE do not say where to.
    """
    match operation:
        case operations.Deliver() | operations.ListMailboxes() | operations.Noop():
            return {}
        case operations.Append() if isinstance(told, MailboxCreate):
            # INBOX is made while APPEND looks for it, and only then has the command a mailbox.
            return {}
        case operations.Rename():
            return {
                "old_mailbox": connection.name(operation.mailbox),
                "new_mailbox": connection.name(operation.to),
            }
        case operations.Create():
            return {"mailbox": connection.name(operation.mailbox.removesuffix("/"))}
        case operations.Unselect():
            return {"mailbox": told.mailbox}
        case _:
            return {"mailbox": connection.name(operation.mailbox)}

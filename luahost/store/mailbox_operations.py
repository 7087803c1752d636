"""
What becomes of operations on mailboxes as a whole: one transaction of one event for each that succeeds.

DELETE tells of the mailbox's messages first, in a transaction of their own. RENAME tells of the one
mailbox and not of those below it. Both leave subscriptions alone; METADATA goes with its mailbox, and
where INBOX can be renamed, what belongs to the user goes with it.

Seen in Dovecot 2.3.19.1 and 2.4.1, with Maildir and sdbox.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.events import (
    MailboxCreate,
    MailboxDelete,
    MailboxRename,
    MailboxSubscribe,
    MailboxUnsubscribe,
    MessageExpunge,
)
from luahost.store import operations
from luahost.store.actions import Action, Commit
from luahost.store.connection import Connection
from luahost.store.mail_store import MailboxError
from luahost.store.mailbox import Mailbox


def create(connection: Connection, operation: operations.Create) -> Iterator[Action]:
    """
    CREATE: the mailboxes above it are not told of.
    """
    to_hold_others = len(operation.mailbox) > 1 and operation.mailbox.endswith("/")
    name = connection.name(operation.mailbox[:-1] if to_hold_others else operation.mailbox)
    if connection.has(name):
        raise MailboxError("Mailbox already exists", code="ALREADYEXISTS")
    account = connection.account
    if to_hold_others and connection.store.storage.directories and connection.dialect.empty_directories:
        if name in account.directories:
            raise MailboxError("Mailbox already exists", code="ALREADYEXISTS")
        connection.make_directories(name)
        account.directories.add(name)
    else:
        connection.make(name)
    yield from connection.tell(MailboxCreate(mailbox=name))
    yield from connection.inbox_with(name)


def delete(connection: Connection, operation: operations.Delete) -> Iterator[Action]:
    """
    DELETE: first all messages, then the mailbox. Those below it stay.
    """
    if not operation.mailbox:
        raise MailboxError("Storage root can't be deleted", code="CANNOT")
    name = connection.name(operation.mailbox)
    account = connection.account
    if name == "INBOX":
        raise MailboxError("INBOX can't be deleted")
    connection.look_for_mailbox()
    if name in account.directories:
        if account.names_below(name):
            raise MailboxError("Mailbox has children, delete them first")
        account.directories.remove(name)
    elif connection.has(name):
        yield from _empty(connection, name, account.mailboxes[name])
        connection.store.remove(connection.username, name)
        if account.names_below(name):
            kept = account.directories if connection.store.storage.directories else account.noselect
            kept.add(name)
        account.noselect = {other for other in account.noselect if account.names_below(other)}
    else:
        raise MailboxError(f"Mailbox doesn't exist: {name}", code="NONEXISTENT")
    _drop_empty_directories(connection)
    yield from connection.tell(MailboxDelete(mailbox=name))


def _empty(connection: Connection, name: str, mailbox: Mailbox) -> Iterator[Action]:
    """
    All messages of a mailbox go.
    """
    transaction = connection.transaction()
    gone = {
        place: [MessageExpunge(mailbox=name, uid=uid, uid_validity=mailbox.uid_validity)]
        for place, uid in enumerate(mailbox.uids, 1)
    }
    yield from connection.notify(transaction, gone)
    mailbox.messages.clear()
    yield Commit(transaction)


def _drop_empty_directories(connection: Connection) -> None:
    """
    Directories that hold no mailbox go, where they are not kept.
    """
    account = connection.account
    if not connection.dialect.empty_directories:
        account.directories = {
            name
            for name in account.directories
            if any(mailbox.startswith(name + "/") for mailbox in account.mailboxes)
        }


def rename(connection: Connection, operation: operations.Rename) -> Iterator[Action]:
    """
    RENAME: everything below goes along; of INBOX its messages alone, where it can be renamed.
    """
    if operation.mailbox and operation.to.startswith(operation.mailbox + "/"):
        raise MailboxError("Can't rename mailbox under its own child")
    old, new = connection.name(operation.mailbox), connection.name(operation.to)
    account = connection.account
    connection.look_for_mailbox()
    if old == new:
        raise MailboxError("Can't rename mailbox to itself", code="ALREADYEXISTS")
    if old == "INBOX" and not connection.store.storage.inbox_can_be_renamed:
        raise MailboxError("Renaming INBOX isn't supported", code="CANNOT")
    moves = _moves_of_directory if connection.store.storage.directories else _moves_of_names
    for name, renamed in moves(connection, old, new).items():
        if name in account.directories:
            account.directories.remove(name)
            account.directories.add(renamed)
        elif not connection.has(renamed):
            connection.store.rename(connection.username, name, renamed)
    if old == "INBOX":
        account.mailboxes["INBOX"] = Mailbox(connection.store.next_uid_validity())
        account.inbox_made = False
    account.inbox_made = account.inbox_made or new == "INBOX"
    connection.make_directories(new)
    _drop_empty_directories(connection)
    yield from connection.tell(MailboxRename(mailbox=new, mailbox_old=old))


def _moves_of_directory(connection: Connection, old: str, new: str) -> dict[str, str]:
    """
    What becomes of the names where a mailbox is a directory with those below in it: all move, or none. What
    is to be above the new name is made before it is found that there is nothing to move.
    """
    account = connection.account
    below = [] if old == "INBOX" else account.names_below(old)
    moves = {name: new + name.removeprefix(old) for name in [old, *below]}
    if any(connection.has(name) or name in account.directories for name in moves.values()):
        raise MailboxError("Target mailbox already exists", code="ALREADYEXISTS")
    if not connection.has(old) and old not in account.directories:
        if connection.dialect.empty_directories:
            connection.make_directories(new)
        raise MailboxError(f"Mailbox doesn't exist: {old}", code="NONEXISTENT")
    return moves


def _moves_of_names(connection: Connection, old: str, new: str) -> dict[str, str]:
    """
    The same where all directories stand side by side. There need not be a mailbox of the old name if there
    are some below; they move one by one, and one whose new name is taken then stays.
    """
    account = connection.account
    if connection.has(old) and connection.has(new):
        raise MailboxError("Target mailbox already exists", code="ALREADYEXISTS")
    below = [name for name in account.names_below(old) if connection.has(name)]
    names = [old, *below] if connection.has(old) else below
    if not names:
        raise MailboxError(f"Mailbox doesn't exist: {old}", code="NONEXISTENT")
    account.noselect -= {old}
    if below and connection.has(old):
        account.noselect.add(old)
    return {name: new + name.removeprefix(old) for name in names}


def subscribe(connection: Connection, operation: operations.Subscribe) -> Iterator[Action]:
    """
    SUBSCRIBE: only to what is there; twice is once.
    """
    try:
        name = connection.name(operation.mailbox)
    except MailboxError:
        raise MailboxError(f"Mailbox doesn't exist: {operation.mailbox}") from None
    account = connection.account
    connection.look_for_mailbox()
    there = name == "INBOX" or connection.has(name) or name in account.directories
    if not there and not (name in account.noselect and account.names_below(name)):
        raise MailboxError(f"Mailbox doesn't exist: {name}")
    if name not in account.subscriptions:
        account.subscriptions.add(name)
        yield from connection.tell(MailboxSubscribe(mailbox=name))


def unsubscribe(connection: Connection, operation: operations.Unsubscribe) -> Iterator[Action]:
    """
    UNSUBSCRIBE: from what was subscribed to, be it there or not.
    """
    name = connection.name(operation.mailbox)
    account = connection.account
    if name in account.subscriptions:
        account.subscriptions.remove(name)
        yield from connection.tell(MailboxUnsubscribe(mailbox=name))


def status(connection: Connection, operation: operations.Status) -> Iterator[Action]:
    """
    STATUS: nothing happens, but that INBOX is made.
    """
    _, mailbox = yield from connection.existing(operation.mailbox)
    mailbox.settle()


def list_mailboxes(connection: Connection, operation: operations.ListMailboxes) -> Iterator[Action]:
    """
    LIST: makes the folder of all mailboxes, which may be INBOX, and tells of nothing.
    """
    connection.look_for_mailbox()
    yield from ()


def noop(connection: Connection, operation: operations.Noop) -> Iterator[Action]:
    """
    NOOP: nothing happens.
    """
    yield from ()


def select(connection: Connection, operation: operations.Select) -> Iterator[Action]:
    """
    SELECT and EXAMINE: as STATUS.
    """
    yield from connection.select(operation.mailbox, read_only=operation.read_only)

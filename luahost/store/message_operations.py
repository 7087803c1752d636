r"""
What becomes of operations on messages: one transaction for each mailbox that changes, if it changes.

A transaction begins before the store changes; it ends, and handlers run, after. COPY and MOVE tell of
MessageAppend as APPEND does, only a delivery of MessageNew, and a message that comes with ``\Seen`` or
``\Deleted`` makes no further events. MOVE has two transactions open at once and ends the target's first.

Seen in Dovecot 2.3.19.1 and 2.4.1.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

from luahost.events import (
    Event,
    MailboxCreate,
    MailboxSubscribe,
    MessageAppend,
    MessageExpunge,
    MessageNew,
)
from luahost.store import operations
from luahost.store.actions import Action, Commit, Rollback
from luahost.store.connection import Connection, Selection
from luahost.store.flag_change import MessageFlags, flag_events
from luahost.store.mail_store import MailboxError
from luahost.store.mailbox import Mailbox, Message
from luahost.store.message_set import MessageSet
from luahost.store.operations import FlagChange, NewMessage

_CHANGES: dict[FlagChange, Callable[[frozenset[str], frozenset[str]], frozenset[str]]] = {
    "add": operator.or_,
    "remove": operator.sub,
    "replace": lambda before, given: given,
}
"""What becomes of the words of a message when those given are added, removed or put in their place."""


def deliver(connection: Connection, operation: operations.Deliver) -> Iterator[Action]:
    """
    A delivery: MessageNew, after what it takes to have the mailbox.
    """
    name = connection.name(operation.mailbox)
    if not connection.has(name):
        if name == "INBOX":
            yield from connection.inbox()
        else:
            connection.make(name)
            if connection.dialect.inbox_announced != "never":
                yield from connection.tell(MailboxCreate(mailbox=name))
                yield from connection.inbox_with(name)
        subscriptions = connection.account.subscriptions
        wanted = operation.subscribe and (name != "INBOX" or connection.dialect.inbox_subscribed)
        if wanted and name not in subscriptions:
            subscriptions.add(name)
            yield from connection.tell(MailboxSubscribe(mailbox=name))
    mailbox = connection.account.mailboxes[name]
    mailbox.settled = mailbox.settled or not mailbox.messages
    transaction = connection.transaction()
    saved = _saved(connection, name, mailbox, [operation.message], MessageNew)
    yield from connection.notify(transaction, saved)
    _put(mailbox, [operation.message])
    yield Commit(transaction)


def append(connection: Connection, operation: operations.Append) -> Iterator[Action]:
    """
    APPEND: MessageAppend for each message, or begin and end without success.
    """
    name, mailbox = yield from connection.existing(operation.mailbox, code="TRYCREATE")
    transaction = connection.transaction()
    saved = _saved(connection, name, mailbox, operation.messages, MessageAppend)
    yield from connection.notify(transaction, saved)
    if operation.fails:
        mailbox.settle()
        yield Rollback(transaction)
        return
    _put(mailbox, operation.messages)
    connection.saved(mailbox)
    yield Commit(transaction)


def copy(connection: Connection, operation: operations.Copy) -> Iterator[Action]:
    """
    COPY: one transaction, of the target. It fails halfway if others have removed one of the messages.
    """
    selection = yield from connection.selected(operation.mailbox)
    chosen = _chosen(selection, operation.messages)
    if not chosen:
        selection.take_recent()
        return
    name, target = yield from connection.existing(operation.to, code="TRYCREATE")
    _open(connection, selection, chosen)
    copies = _copies(selection, chosen)
    transaction = connection.transaction()
    saved = _saved(connection, name, target, copies, MessageAppend)
    gone = _gone(selection, chosen)
    if gone:
        selection.look()
        if chosen[next(iter(chosen))] not in gone:
            yield from connection.notify(transaction, saved)
            yield Rollback(transaction)
        raise _already_expunged()
    yield from connection.notify(transaction, saved)
    _put(target, copies)
    connection.saved(target)
    yield Commit(transaction)


def move(connection: Connection, operation: operations.Move) -> Iterator[Action]:
    """
    MOVE: two transactions at once. The target's begins and ends first. A mailbox opened read-only is
    no obstacle.
    """
    selection = yield from connection.selected(operation.mailbox)
    chosen = _chosen(selection, operation.messages)
    if not chosen:
        return
    name, target = yield from connection.existing(operation.to, code="TRYCREATE")
    if _gone(selection, chosen):
        selection.look()
        raise _already_expunged()
    copies = _copies(selection, chosen)
    to_target, from_source = connection.transaction(), connection.transaction()
    saved = _saved(connection, name, target, copies, MessageAppend)
    gone = _expunged(selection, chosen)
    yield from connection.notify(to_target, saved)
    yield from connection.notify(from_source, gone)
    _put(target, copies)
    connection.saved(target)
    yield Commit(to_target)
    _remove(selection, gone)
    yield Commit(from_source)


def expunge(connection: Connection, operation: operations.Expunge) -> Iterator[Action]:
    """
    EXPUNGE and UID EXPUNGE: MessageExpunge for each message that goes; a read-only mailbox ignores it.
    """
    selection = yield from connection.selected(operation.mailbox)
    if not selection.read_only:
        yield from _expunge(connection, selection, operation.messages)


def unselect(connection: Connection, operation: operations.Unselect) -> Iterator[Action]:
    """
    CLOSE expunges what can be, UNSELECT nothing.
    """
    selection, connection.selection = connection.selection, None
    if selection is None:
        raise MailboxError("No mailbox selected")
    if operation.expunge and not selection.read_only:
        yield from _expunge(connection, selection, None)


def _expunge(connection: Connection, selection: Selection, messages: MessageSet | None) -> Iterator[Action]:
    found = selection.messages
    deleted = {
        place: uid for place, uid in _chosen(selection, messages).items() if "\\Deleted" in found[uid].flags
    }
    if not deleted:
        return
    transaction = connection.transaction()
    gone = _expunged(selection, deleted)
    yield from connection.notify(transaction, gone)
    _remove(selection, gone)
    yield Commit(transaction)


def store_flags(connection: Connection, operation: operations.StoreFlags) -> Iterator[Action]:
    """
    STORE: the messages that it changes, in one transaction; a read-only mailbox ignores it.

    Keywords are known to the mailbox from now on, even those to be removed, and where it is read-only.
    """
    selection = yield from connection.selected(operation.mailbox)
    chosen = _chosen(selection, operation.messages)
    flags = frozenset(operation.flags)
    keywords = frozenset(connection.spelled(selection.mailbox, operation.keywords))
    if selection.read_only:
        return
    change = _CHANGES[operation.change]
    yield from _change(
        connection,
        selection,
        chosen,
        lambda message: (change(message.flags, flags), change(message.keywords, keywords)),
    )


def fetch(connection: Connection, operation: operations.Fetch) -> Iterator[Action]:
    r"""
    FETCH of a text: ``\Seen`` is set where it was not, but not in a read-only mailbox.
    """
    selection = yield from connection.selected(operation.mailbox)
    chosen = _chosen(selection, operation.messages)
    if operation.opens:
        _open(connection, selection, chosen)
    if selection.read_only or operation.peek:
        return
    changed = yield from _change(
        connection, selection, chosen, lambda message: (message.flags | {"\\Seen"}, message.keywords)
    )
    if changed:
        selection.take_recent()


def _change(
    connection: Connection,
    selection: Selection,
    chosen: Mapping[int, int],
    change: Callable[[Message], tuple[frozenset[str], frozenset[str]]],
) -> Generator[Action, None, bool]:
    """
    Give messages the flags and keywords that ``change`` has for them. Whether any had others.
    """
    mailbox = selection.mailbox
    told: dict[int, list[Event]] = {}
    changed: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
    for place, uid in chosen.items():
        message = selection.messages[uid]
        flags, keywords = change(message)
        recent = {"\\Recent"} if uid in selection.recent else set()
        before = MessageFlags(message.flags | recent, mailbox.in_order(message.keywords))
        after = MessageFlags(flags | recent, mailbox.in_order(keywords))
        if before != after:
            changed[uid] = flags, keywords
            told[place] = flag_events(
                before,
                after,
                mailbox=selection.name,
                uid=uid,
                uid_validity=mailbox.uid_validity,
                empty_events=connection.dialect.empty_flag_events,
            )
    if not changed:
        return False
    transaction = connection.transaction()
    yield from connection.notify(transaction, told)
    flags_changed = False
    keywords_changed: set[str] = set()
    for uid, (flags, keywords) in changed.items():
        message = selection.messages[uid]
        flags_changed = flags_changed or flags != message.flags
        keywords_changed |= keywords ^ message.keywords
        message.flags, message.keywords = flags, keywords
        mailbox.stored |= keywords
    # One for all messages' flags and one for each keyword, as they stand in Dovecot's index.
    mailbox.modseq += flags_changed + len(keywords_changed)
    yield Commit(transaction)
    return True


def _chosen(selection: Selection, messages: MessageSet | None) -> dict[int, int]:
    """
    The UIDs of a set's messages, or of all, by their places.
    """
    uids = selection.uids
    places = range(1, len(uids) + 1) if messages is None else messages.places(uids)
    return {place: uids[place - 1] for place in places}


def _open(connection: Connection, selection: Selection, chosen: Mapping[int, int]) -> None:
    """
    The texts of messages are opened. A Maildir looks for files that the client does not know, and finds all.
    """
    if connection.store.storage.opening_looks and any(
        selection.messages[uid].recent for uid in chosen.values()
    ):
        selection.take_recent()


def _gone(selection: Selection, chosen: Mapping[int, int]) -> set[int]:
    """
    Those of the UIDs that another client has removed.
    """
    return {*chosen.values()} - selection.mailbox.messages.keys()


def _already_expunged() -> MailboxError:
    return MailboxError("Some of the requested messages no longer exist", code="EXPUNGEISSUED")


def _saved(
    connection: Connection,
    name: str,
    mailbox: Mailbox,
    messages: Sequence[NewMessage],
    kind: type[MessageNew] | type[MessageAppend],
) -> dict[int, list[Event]]:
    """
    The events of messages that come into a mailbox, by the places that they will have.
    """
    return {
        len(mailbox.messages) + number: [
            kind(
                mailbox=name,
                uid=mailbox.uid_next + number - 1,
                uid_validity=mailbox.uid_validity,
                flags=message.flags,
                keywords=connection.spelled(mailbox, message.keywords),
                **message.fields,
            )
        ]
        for number, message in enumerate(messages, 1)
    }


def _put(mailbox: Mailbox, messages: Sequence[NewMessage]) -> None:
    if mailbox.messages and not mailbox.settled:
        mailbox.settled = True
        for earlier in mailbox.messages.values():
            earlier.recent = False
    for message in messages:
        mailbox.put(mailbox.uid_next, message.flags, message.keywords).fields = message.fields
    mailbox.modseq += 1 + len({keyword for message in messages for keyword in message.keywords})


def _copies(selection: Selection, chosen: Mapping[int, int]) -> list[NewMessage]:
    found = [selection.messages[uid] for uid in chosen.values()]
    return [
        NewMessage(
            fields=message.fields,
            flags=tuple(message.flags - {"\\Recent"}),
            keywords=selection.mailbox.in_order(message.keywords),
        )
        for message in found
    ]


def _expunged(selection: Selection, chosen: Mapping[int, int]) -> dict[int, list[MessageExpunge]]:
    validity = selection.mailbox.uid_validity
    return {
        place: [MessageExpunge(mailbox=selection.name, uid=uid, uid_validity=validity)]
        for place, uid in chosen.items()
    }


def _remove(selection: Selection, gone: Mapping[int, list[MessageExpunge]]) -> None:
    for events in gone.values():
        for event in events:
            selection.mailbox.messages.pop(event.uid, None)
    selection.mailbox.modseq += 1

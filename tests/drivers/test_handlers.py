"""
Which functions of a script a transaction calls, in which order, and with what.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.events import (
    EVENTS,
    Event,
    FlagsSet,
    MailboxCreate,
    MailboxDelete,
    MessageAppend,
    MessageExpunge,
    MessageNew,
)
from tests.conftest import OpenSession

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)
CREATE = MailboxCreate(mailbox="Work")

BEGIN = "function dovecot_lua_notify_begin_txn() end "
END = "function dovecot_lua_notify_end_txn() end "
HANDLER = "function dovecot_lua_notify_event_message_new() end "


def test_no_handler_at_all(session: OpenSession, lua: str) -> None:
    """
    Without any handler begin and end are never called, and nothing is wrong.
    """
    running = session(BEGIN + END, lua=lua, debug=True)
    running.notify(NEW)

    assert running.calls == []
    assert "debug: lua: No event handlers found in script" in running.log
    assert running.effects.failures == []


@pytest.mark.parametrize("event", [NEW, CREATE], ids=lambda event: event.name)
def test_some_other_handler(session: OpenSession, event: Event) -> None:
    """
    With any handler, begin and end are called for every transaction.
    """
    running = session(BEGIN + END + "function dovecot_lua_notify_event_mailbox_delete() end")
    running.notify(event)

    assert running.calls == ["begin_txn", "end_txn"]
    assert running.log == []


def test_order_of_events(session: OpenSession) -> None:
    """
    Handlers are called in the order of the events.
    """
    handlers = [f"function {kind.handler}(_, event) print(event.name, event.uid) end " for kind in EVENTS]
    running = session(BEGIN + END + "".join(handlers))
    message: dict[str, Any] = {"mailbox": "INBOX", "uid_validity": 7}
    running.notify(
        MessageAppend(**message, uid=1),
        MailboxDelete(mailbox="Work"),
        FlagsSet(**message, uid=2),
        MessageExpunge(**message, uid=1),
        MailboxCreate(mailbox="Work"),
    )

    assert running.printed == [
        "MessageAppend\t1",
        "MailboxDelete\tnil",
        "FlagsSet\t2",
        "MessageExpunge\t1",
        "MailboxCreate\tnil",
    ]


CONTEXTS = ["nil", "false", "0", "'text'", "{}", "print", "setmetatable({}, { __eq = error })", "1, 2"]


@pytest.mark.parametrize("context", CONTEXTS)
def test_opaque_context(session: OpenSession, context: str, lua: str) -> None:
    """
    Whatever ``begin_txn`` returns is what handlers and ``end_txn`` get, the same value, and no more
    than one.
    """
    running = session(
        "local made function dovecot_lua_notify_begin_txn() "
        f"  local function first(value) made = value return value, 'more' end return first({context}) end "
        "local function same(ctx) print(rawequal(ctx, made)) end "
        "dovecot_lua_notify_event_message_new, dovecot_lua_notify_end_txn = same, same",
        lua=lua,
    )
    running.notify(NEW, NEW)

    assert running.printed == ["true"] * 3


def test_arguments(session: OpenSession, lua: str) -> None:
    """
    ``script_init`` and ``script_deinit`` get nothing, ``begin_txn`` the user, handlers three values,
    ``end_txn`` two, nil included.
    """
    running = session(
        "local function count(...) print(select('#', ...)) end "
        "function script_init(...) count(...) return 0 end script_deinit = count "
        "dovecot_lua_notify_begin_txn = count dovecot_lua_notify_end_txn = count "
        "dovecot_lua_notify_event_message_new = count",
        lua=lua,
    )
    running.notify(NEW)
    running.close()

    assert running.printed == ["0", "1", "3", "2", "0"]


def test_overlapping_transactions(session: OpenSession, lua: str) -> None:
    """
    Two open transactions, as in a MOVE, keep their contexts apart.
    """
    running = session(
        "local n = 0 function dovecot_lua_notify_begin_txn() n = n + 1 return n end "
        "function dovecot_lua_notify_end_txn(ctx, success) print('end', ctx, success) end "
        "local function handler(ctx, event) print(event.name, ctx) end "
        "dovecot_lua_notify_event_message_append = handler "
        "dovecot_lua_notify_event_message_expunge = handler",
        lua=lua,
    )
    target, source = running.transaction(), running.transaction()
    target.notify(MessageAppend(mailbox="Work", uid=1, uid_validity=7))
    source.notify(MessageExpunge(mailbox="INBOX", uid=1, uid_validity=7))
    target.commit()
    source.commit()

    assert running.printed == [
        "MessageAppend\t1",
        "end\t1\ttrue",
        "MessageExpunge\t2",
        "end\t2\ttrue",
    ]


def test_handlers_are_looked_up_at_begin(session: OpenSession) -> None:
    """
    A handler that is not there when its transaction begins is not called in it.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_mailbox_create() "
        "function dovecot_lua_notify_event_message_new() end end"
    )
    running.notify(CREATE, NEW)
    running.notify(NEW)

    handlers = [call for call in running.calls if call.startswith("event")]
    assert handlers == ["event_mailbox_create", "event_message_new"]


def test_context_is_collected(session: OpenSession, lua: str) -> None:
    """
    After ``end_txn`` the context is unreferenced, and a full collection follows.
    """
    proxy = (
        "local made = setmetatable({}, { __mode = 'v' }) "
        "function dovecot_lua_notify_begin_txn() made[1] = {} return made[1] end "
        "function dovecot_lua_notify_end_txn() print(made[1] ~= nil) end "
        "function script_deinit() print(made[1] ~= nil) end "
    )
    running = session(proxy + HANDLER, lua=lua)
    running.notify(NEW)
    running.close()

    assert running.printed == ["true", "false"]


def test_transactions_do_not_pile_up(session: OpenSession, lua: str) -> None:
    """
    The state of a long session does not grow with its transactions.
    """
    running = session(
        BEGIN + END + "function dovecot_lua_notify_event_message_new(ctx, event, user) "
        "ctx = { user, event, user:mailbox(event.mailbox), dovecot.event() } end "
        "function script_deinit() print((collectgarbage('count'))) end "
        "function dovecot_lua_notify_event_mailbox_create() print((collectgarbage('count'))) end",
        lua=lua,
    )
    for _ in range(20):
        running.notify(NEW)
    running.notify(CREATE)
    for _ in range(200):
        running.notify(NEW)
    running.close()

    before, after = map(float, running.printed)
    assert after - before < 60  # kilobytes; LuaJIT compiles on the way

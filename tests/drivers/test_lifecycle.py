"""
A script's life: load, ``script_init``, transactions, ``script_deinit``.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest

from luahost.effects import Call, Effect, Log
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
from tests.conftest import OpenSession, WriteScript
from tests.core_session import CoreSession

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)
CREATE = MailboxCreate(mailbox="Work")

WHOLE = """
function script_init() return 0 end
function script_deinit() end
function dovecot_lua_notify_begin_txn(user) return user.username end
function dovecot_lua_notify_end_txn(ctx, success) print(ctx, success) end
function dovecot_lua_notify_event_message_new(ctx) print(ctx) end
"""

BEGIN = "function dovecot_lua_notify_begin_txn() end "
END = "function dovecot_lua_notify_end_txn() end "
HANDLER = "function dovecot_lua_notify_event_message_new() end "


def test_whole_life(session: OpenSession, lua: str) -> None:
    """
    A session loads the script once, has any number of transactions and lets it go.
    """
    running = session(WHOLE, lua=lua)
    running.notify(NEW)
    running.notify(NEW)
    running.close()

    once = ["begin_txn", "event_message_new", "end_txn"]
    assert running.calls == ["script_init", *once, *once, "script_deinit"]
    assert running.printed == ["bob", "bob\ttrue"] * 2
    assert running.log == []


def test_call_effects(session: OpenSession) -> None:
    """
    The effects say what was called with what, in which transaction.
    """
    running = session(WHOLE)
    running.rollback(NEW)
    running.close()

    assert running.effects.of(Call) == [
        Call(function="script_init"),
        Call(function="dovecot_lua_notify_begin_txn", user="bob", transaction=1),
        Call(function="dovecot_lua_notify_end_txn", success=False, transaction=1),
        Call(function="script_deinit"),
    ]


def test_rollback(session: OpenSession, lua: str) -> None:
    """
    What was rolled back begins and ends, with ``false``, and no handler hears of it.
    """
    running = session(WHOLE, lua=lua)
    running.rollback(NEW, NEW)

    assert running.calls == ["script_init", "begin_txn", "end_txn"]
    assert running.printed == ["bob\tfalse"]


def test_nothing_happened(session: OpenSession) -> None:
    """
    A transaction without events calls nothing.
    """
    running = session(WHOLE)
    running.notify()
    running.rollback()

    assert running.calls == ["script_init"]


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


def test_debug_lines(session: OpenSession) -> None:
    """
    With debugging on the driver says what it does, in Dovecot's words.
    """
    running = session(WHOLE + "function dovecot_lua_notify_event_mailbox_create() end", debug=True)
    running.notify(NEW)
    running.notify(CREATE)
    running.close()

    begin = [
        "Found dovecot_lua_notify_event_mailbox_create, handling MailboxCreate event",
        "Found dovecot_lua_notify_event_message_new, handling MessageNew event",
        "Calling dovecot_lua_notify_begin_txn(bob)",
        "Called dovecot_lua_notify_begin_txn",
    ]
    end = ["Calling dovecot_lua_notify_end_txn", "Called dovecot_lua_notify_end_txn"]
    lines = running.effects.of(Log)
    completed = "push-notification: Push notification transaction completed"
    assert {(line.level, line.source) for line in lines} == {("debug", "driver")}
    assert lines[0].text.startswith("lua: Loading ")
    assert [line.text.removeprefix("lua: ") for line in lines[1:]] == [
        "Calling script_init",
        *begin,
        "Calling dovecot_lua_notify_event_message_new(ctx, event[name=MessageNew,mailbox=INBOX,uid=1])",
        "Called dovecot_lua_notify_event_message_new",
        *end,
        completed,
        *begin,
        "Calling dovecot_lua_notify_event_mailbox_create(ctx, event[name=MailboxCreate,mailbox=Work])",
        "Called dovecot_lua_notify_event_mailbox_create",
        *end,
        completed,
    ]


def test_listener(session: OpenSession) -> None:
    """
    A listener hears of what a script does while it is still at it.
    """
    heard: list[Effect] = []
    running = session("print('one') print('two')", listener=heard.append)

    assert heard == list(running.effects)


INITS = [
    "0",
    "0, 'x'",
    "0.0",
    "",
    "nil",
    "true",
    "'0'",
    "{}",
]


@pytest.mark.parametrize("body", INITS)
def test_script_init_succeeds(session: OpenSession, body: str, lua: str) -> None:
    """
    ``script_init`` may return 0 or anything that is no number.
    """
    running = session(f"{WHOLE} function script_init() return {body} end", lua=lua)

    assert running.loaded
    assert running.log == []


@pytest.mark.parametrize("body", ["return 1", "return -1", "return 0.5"])
def test_script_init_fails(session: OpenSession, body: str, lua: str) -> None:
    """
    Any other number switches the driver off for the session; the script is let go at once.
    """
    running = session(f"{WHOLE} function script_init() {body} end", lua=lua)
    running.notify(NEW)
    running.close()

    assert not running.loaded
    assert running.calls == ["script_init", "script_deinit"]
    assert running.log == ["error: lua: Script init failed"]


@pytest.mark.parametrize("end", ["function script_init() error('x', 0) end", "error('x', 0)"])
def test_what_fails_to_start_is_let_go(session: OpenSession, end: str) -> None:
    """
    Dovecot calls ``script_deinit`` of a script that raised in ``script_init`` or before, and then logs the
    error.
    """
    running = session(f"{WHOLE} function script_deinit() dovecot.i_info('gone') end {end}")

    assert running.calls[-1] == "script_deinit"
    assert running.log[0] == "info: gone"
    assert "failed: x" in running.log[1]


@pytest.mark.parametrize("name", ["script_init", "script_deinit", "dovecot_lua_notify_event_message_new"])
@pytest.mark.parametrize("value", ["nil", "5", "'x'", "setmetatable({}, { __call = error })"])
def test_not_a_function(session: OpenSession, name: str, value: str) -> None:
    """
    What is no function is not there; a callable table is none.
    """
    running = session(f"{WHOLE} {name} = {value}")
    running.notify(NEW)
    running.close()

    assert name.removeprefix("dovecot_lua_notify_") not in running.calls
    assert running.log == []


def test_raw_lookup(session: OpenSession, lua: str) -> None:
    """
    Functions are looked up without metamethods.
    """
    running = session(
        "setmetatable(_G, { __index = function() return function() error('reached') end end })", lua=lua
    )
    running.notify(NEW)
    running.close()

    assert running.calls == []
    assert running.failure.message.endswith("Missing function dovecot_lua_notify_begin_txn")


def test_print_goes_nowhere_else(session: OpenSession, capfd: pytest.CaptureFixture[str], lua: str) -> None:
    """
    What a script prints is an effect, and reaches no terminal; NULs and bytes that are no UTF-8 stay.
    """
    running = session("print('a', nil, 1, {} ~= nil) print() print('\\0\\255')", lua=lua)
    captured = capfd.readouterr()

    assert running.printed == ["a\tnil\t1\ttrue", "", "\0\udcff"]
    assert (captured.out, captured.err) == ("", "")


def test_close_twice(session: OpenSession) -> None:
    """
    A session that has ended stays so.
    """
    running = session(WHOLE)
    running.close()
    running.close()

    assert running.calls == ["script_init", "script_deinit"]


def test_sessions_do_not_interfere(script: WriteScript, lua: str) -> None:
    """
    Each session has a Lua state of its own; globals and changed libraries stay in it.
    """
    path = script(
        "count = (count or 0) + 1 string.mine = (string.mine or 0) + 1 print(count, string.mine, ('').mine) "
        "function dovecot_lua_notify_begin_txn(user) count = count + 1 print(user.username, count) end "
        + END
        + HANDLER
    )
    one, two = CoreSession(path, user="one", lua=lua), CoreSession(path, user="two", lua=lua)
    for running in (one, two, one):
        running.notify(NEW)

    assert one.printed == ["1\t1\t1", "one\t2", "one\t3"]
    assert two.printed == ["1\t1\t1", "two\t2"]


def test_states_are_let_go(script: WriteScript, lua: str) -> None:
    """
    A session that is gone takes its Lua state with it.
    """
    path = script(WHOLE)

    def live_objects() -> int:
        gc.collect()
        return len(gc.get_objects())

    def sessions(number: int) -> None:
        for _ in range(number):
            running = CoreSession(path, lua=lua)
            running.notify(NEW)
            running.close()

    sessions(2)
    before = live_objects()
    sessions(20)

    assert live_objects() - before < 20


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

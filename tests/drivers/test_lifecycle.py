"""
A script's life: load, ``script_init``, transactions, ``script_deinit``.
"""

from __future__ import annotations

import gc

import pytest

from luahost.effects import Call, Effect, Log
from luahost.events import (
    MailboxCreate,
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
    A listener hears of all that a script does, in the same order.
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

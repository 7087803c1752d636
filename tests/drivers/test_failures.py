"""
Functions of a script that raise or are missing: each gives the line that Dovecot would log, and the session
goes on as Dovecot would.
"""

from __future__ import annotations

import pytest

from luahost.effects import Log
from luahost.events import MailboxCreate, MessageNew
from tests.conftest import OpenSession
from tests.core_session import CoreSession

NEW = MessageNew(mailbox="INBOX", uid=1, uid_validity=7)
CREATE = MailboxCreate(mailbox="Work")

BEGIN = "function dovecot_lua_notify_begin_txn() end\n"
END = "function dovecot_lua_notify_end_txn(_, success) print('end', success) end\n"
HANDLER = "function dovecot_lua_notify_event_message_new() print('new') end\n"
WHOLE = BEGIN + END + HANDLER


def first_lines(running: CoreSession) -> list[str]:
    """
    The log without tracebacks.
    """
    return [f"{line.level}: {line.text}".partition("\n")[0] for line in running.effects.of(Log)]


def test_chunk_raises(session: OpenSession, lua: str) -> None:
    """
    A script that raises while it is loaded is off for the session, what it printed stays.
    """
    running = session("print('at work')\nerror('boom')\n" + WHOLE, lua=lua)
    running.notify(NEW)
    running.close()
    failure = running.failure

    assert first_lines(running) == [f"error: lua: lua_pcall({failure.file}) failed: {failure.file}:2: boom"]
    assert running.printed == ["at work"]
    assert running.calls == []
    assert (failure.function, failure.line) == (None, 2)


@pytest.mark.parametrize(
    ("name", "call"), [("script_init", "script_init, 0, 1"), ("script_deinit", "script_deinit, 0, 0")]
)
def test_init_and_deinit_raise(session: OpenSession, name: str, call: str, lua: str) -> None:
    """
    A ``script_init`` that raises switches the driver off; a ``script_deinit`` that raises is logged.
    """
    running = session(f"{WHOLE}function {name}() error('boom') end", lua=lua)
    running.notify(NEW)
    running.close()
    failure = running.failure
    prefix = "script_deinit() failed: " if name == "script_deinit" else ""

    assert first_lines(running) == [f"error: lua: {prefix}lua_pcall({call}) failed: {failure.file}:4: boom"]
    assert running.calls.count("begin_txn") == (0 if name == "script_init" else 1)
    assert failure.function == name


@pytest.mark.parametrize("begin", ["", "dovecot_lua_notify_begin_txn = 5\n"])
def test_begin_missing(session: OpenSession, begin: str, lua: str) -> None:
    """
    Without ``begin_txn`` nothing is called, and every transaction says so.
    """
    running = session(begin + END + HANDLER, lua=lua)
    running.notify(NEW)
    running.notify(NEW)

    assert running.log == ["error: lua: Missing function dovecot_lua_notify_begin_txn"] * 2
    assert running.calls == []
    assert all(failure.file is not None for failure in running.effects.failures)


def test_begin_raises(session: OpenSession, lua: str) -> None:
    """
    Where ``begin_txn`` raises, its transaction has no handlers and no end; the next one begins anew.
    """
    running = session(END + HANDLER + "function dovecot_lua_notify_begin_txn() error('boom') end", lua=lua)
    running.notify(NEW)
    running.notify(NEW)
    file = running.effects.failures[0].file

    words = f"lua_pcall(dovecot_lua_notify_begin_txn, 1, 1) failed: {file}:3: boom"
    assert first_lines(running) == [f"error: lua: {words}"] * 2
    assert running.calls == ["begin_txn"] * 2


def test_handler_raises(session: OpenSession, lua: str) -> None:
    """
    Where a handler raises, the others still run, and the end still has success.
    """
    running = session(WHOLE + "function dovecot_lua_notify_event_mailbox_create() error('boom') end", lua=lua)
    running.notify(CREATE, NEW, CREATE)
    file = running.effects.failures[0].file

    words = f"lua_pcall(dovecot_lua_notify_event_mailbox_create, 2, 0) failed: {file}:4: boom"
    assert first_lines(running) == [f"error: lua: {words}"] * 2
    assert running.printed == ["new", "end\ttrue"]


def test_handler_vanished(session: OpenSession, lua: str) -> None:
    """
    A handler that went away after its transaction began is missed.
    """
    running = session(
        WHOLE
        + "function dovecot_lua_notify_event_mailbox_create() dovecot_lua_notify_event_message_new = nil end",
        lua=lua,
    )
    running.notify(CREATE, NEW)

    assert running.log == ["error: lua: 'dovecot_lua_notify_event_message_new' is not a function"]
    assert running.printed == ["end\ttrue"]


@pytest.mark.parametrize("end", ["", "dovecot_lua_notify_end_txn = {}\n"])
def test_end_missing(session: OpenSession, end: str, lua: str) -> None:
    """
    Without ``end_txn`` every transaction says so.
    """
    running = session(BEGIN + end + HANDLER, lua=lua)
    running.notify(NEW)
    running.rollback(NEW)

    assert running.log == ["error: lua: Missing function dovecot_lua_notify_end_txn"] * 2
    assert running.printed == ["new"]


def test_end_raises(session: OpenSession, lua: str) -> None:
    """
    Where ``end_txn`` raises, the transaction is over all the same.
    """
    running = session(BEGIN + HANDLER + "function dovecot_lua_notify_end_txn() error('boom') end", lua=lua)
    running.notify(NEW)
    running.notify(NEW)
    file = running.effects.failures[0].file

    words = f"lua_pcall(dovecot_lua_notify_end_txn, 2, 0) failed: {file}:3: boom"
    assert first_lines(running) == [f"error: lua: {words}"] * 2


def test_failure_is_part_of_its_transaction(session: OpenSession) -> None:
    """
    The line about a failure stands after the call, with its transaction's number.
    """
    running = session(WHOLE + "function dovecot_lua_notify_event_mailbox_create() error('boom') end")
    running.notify(NEW)
    running.notify(CREATE)

    (line,) = running.effects.of(Log)
    assert (line.transaction, line.source, line.level) == (2, "driver", "error")
    assert line.failure is not None
    assert line.failure.function == "dovecot_lua_notify_event_mailbox_create"
    assert line.text.endswith(f"{line.failure.message}\n{line.failure.traceback}")


YIELDS = {
    "5.1": "attempt to yield across metamethod/C-call boundary",
    "5.2": "attempt to yield from outside a coroutine",
    "5.3": "attempt to yield from outside a coroutine",
    "5.4": "attempt to yield from outside a coroutine",
    "5.5": "attempt to yield from outside a coroutine",
    "luajit": "attempt to yield across C-call boundary",
}


@pytest.mark.parametrize("name", ["dovecot_lua_notify_event_message_new", "dovecot_lua_notify_begin_txn"])
def test_yield(session: OpenSession, name: str, lua: str) -> None:
    """
    A script cannot yield to Dovecot; Lua says so in its version's words.
    """
    running = session(f"{WHOLE}{name} = function() coroutine.yield() end", lua=lua)
    running.notify(NEW)

    assert running.failure.message.endswith(YIELDS[lua])
    assert (running.failure.function, running.failure.line) == (name, 4)


def test_coroutines_of_its_own(session: OpenSession, lua: str) -> None:
    """
    Within a function a script may use coroutines, and call Dovecot in them.
    """
    running = session(
        "local steps = coroutine.wrap(function() for i = 1, 3 do dovecot.i_info('step ' .. i) "
        "coroutine.yield(i) end end) print(steps(), steps(), steps())",
        lua=lua,
    )

    assert running.printed == ["1\t2\t3"]
    assert running.log == ["info: step 1", "info: step 2", "info: step 3"]


def test_failing_message_handler(session: OpenSession, lua: str) -> None:
    """
    A message handler that raises itself is Lua's affair, and does not take the session down.
    """
    running = session(
        WHOLE + "function dovecot_lua_notify_event_mailbox_create() "
        "debug.traceback = function() error('again') end error('boom') end",
        lua=lua,
    )
    running.notify(CREATE, NEW)

    assert len(running.effects.failures) == 1
    assert running.printed == ["new", "end\ttrue"]


def test_debug_taken_away(session: OpenSession, lua: str) -> None:
    """
    A script that loses ``debug`` makes Dovecot panic; here it just goes on.
    """
    running = session("debug = nil\n" + WHOLE, lua=lua)
    running.notify(NEW)

    assert running.printed == ["new", "end\ttrue"]
    assert running.log == []

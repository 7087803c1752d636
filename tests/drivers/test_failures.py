"""
Bad scripts: each gives the line that Dovecot would log, and the session goes on as Dovecot would.
"""

from __future__ import annotations

import os

import pytest

from luahost.effects import Log
from luahost.events import MailboxCreate, MessageNew
from tests.conftest import OpenSession, WriteScript
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


def test_missing_file(script: WriteScript) -> None:
    """
    A script that is not there switches the driver off, and is no exception.
    """
    path = script("") + ".gone"
    running = CoreSession(path)
    running.notify(NEW)

    assert running.log == [f"error: lua: access({path}) failed: No such file or directory"]
    assert running.calls == []
    assert not running.loaded
    assert (running.failure.file, running.failure.function) == (path, None)


def test_unreadable_file(script: WriteScript) -> None:
    """
    Dovecot only looks whether the file is there; Lua then cannot open or read it. A folder is such a file for
    every user, root included.
    """
    folder = os.path.dirname(script(""))
    running = CoreSession(folder)

    assert running.log == [f"error: lua: lua_load({folder}) failed: cannot read {folder}: Is a directory"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("function", 1, "<name> expected near <eof>"),
        ("x = 1\nx = = 2\n", 2, "unexpected symbol near '='"),
        ("x = 1\n\nif x then\n", 4, "'end' expected (to close 'if' at line 3) near <eof>"),
        ("x = 'unfinished\n", 1, "unfinished string near ''unfinished'"),
    ],
)
def test_syntax_error(session: OpenSession, text: str, line: int, words: str, lua: str) -> None:
    """
    A script that does not parse is told of with its line; Lua versions differ in how they quote.
    """
    running = session(text, lua=lua)
    failure = running.failure

    assert running.log == [f"error: lua: lua_load({failure.file}) failed: {failure.message}"]
    unquoted = failure.message.replace("'<", "<").replace(">'", ">")
    assert unquoted == f"{failure.file}:{line}: {words}"
    assert failure.line == line
    assert failure.traceback is None


@pytest.mark.parametrize("text", [b"\x1bLua\x54\x00garbage", b"\x1bLJ\x02", b"#!x\n\x1bLua"])
def test_bytecode(session: OpenSession, text: bytes, lua: str) -> None:
    """
    A script is text; bytecode is not loaded, not even after a first line that is a comment.
    """
    running = session(text, lua=lua)

    assert not running.loaded
    assert " failed: " in running.log[0]


@pytest.mark.parametrize("text", [b"\x00", b"\xff\xfe", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n\x00"])
def test_no_text(session: OpenSession, text: bytes, lua: str) -> None:
    """
    What is no Lua at all is a syntax error.
    """
    running = session(text, lua=lua)

    assert running.log[0].startswith(f"error: lua: lua_load({running.failure.file}) failed: ")
    assert running.failure.line is not None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None),
        ("-- nothing\n", None),
        ("\ufeffprint(1) error()", 1),
        ("#!/usr/bin/lua\nprint(1) error()", 2),
        ("\ufeff#!/usr/bin/lua\nprint(1) error()", 2),
        ("#!/usr/bin/lua", None),
    ],
)
def test_first_line(session: OpenSession, text: str, line: int | None, lua: str) -> None:
    """
    A byte order mark and a ``#!`` line are skipped, and lines are counted with it.
    """
    running = session(text, lua=lua)

    assert running.printed == (["1"] if line else [])
    assert [failure.line for failure in running.effects.failures] == ([line] if line else [])


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


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("'boom'", "{file}:1: boom"),
        ("'boom', 0", "boom"),
        ("'one\\ntwo'", "{file}:1: one\ntwo"),
        ("'a\\255b'", "{file}:1: a\udcffb"),
        ("''", "{file}:1: "),
        ("42, 0", "42"),
        ("nil", ""),
        ("", ""),
    ],
)
def test_error_values(session: OpenSession, value: str, message: str, lua: str) -> None:
    """
    Strings and numbers are the message, nil leaves none; the traceback follows.
    """
    running = session(f"error({value})", lua=lua)
    failure = running.failure

    assert failure.message == message.format(file=failure.file)
    assert failure.traceback is not None
    assert failure.traceback.startswith("stack traceback:\n")
    joined = "\n".join(filter(None, (failure.message, failure.traceback)))
    assert running.log == [f"error: lua: lua_pcall({failure.file}) failed: {joined}"]


@pytest.mark.parametrize("lua", ["5.3", "5.4", "5.5"])
def test_error_numbers(session: OpenSession, lua: str) -> None:
    """
    Since Lua 5.3 a number is no text that gets a place.
    """
    assert session("error(42)", lua=lua).failure.message == "42"


@pytest.mark.parametrize(
    "value", ["{}", "setmetatable({}, { __tostring = function() return 'x' end })", "true", "print"]
)
def test_error_objects(session: OpenSession, value: str, lua: str) -> None:
    """
    Any other error value is a null for Dovecot; the place is known all the same.
    """
    running = session(f"\nerror({value})", lua=lua)

    assert running.log == [f"error: lua: lua_pcall({running.failure.file}) failed: (null)"]
    assert (running.failure.line, running.failure.traceback) == (2, None)


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        ("nil", "error in error handling"),
        ("5", "error in error handling"),
        ("function(text) return 'mine: ' .. text end", "mine: {file}:1: boom"),
        ("function() return nil end", "(null)"),
        ("function() return {} end", "(null)"),
    ],
)
def test_own_message_handler(session: OpenSession, handler: str, text: str, lua: str) -> None:
    """
    Dovecot's message handler is the script's ``debug.traceback``, whatever has become of it.
    """
    running = session(f"function script_init() error('boom') end debug.traceback = {handler}", lua=lua)
    failure = running.failure

    shown = text.format(file=failure.file)
    assert running.log == [f"error: lua: lua_pcall(script_init, 0, 1) failed: {shown}"]
    assert failure.line == 1


@pytest.mark.parametrize("handler", ["nil", "function(text) return 'mine: ' .. text end"])
def test_a_message_handler_counts_from_the_next_call_on(session: OpenSession, handler: str, lua: str) -> None:
    """
    Dovecot takes ``debug.traceback`` before it calls a function, so what the function puts in its place comes
    too late for this call.
    """
    running = session(f"debug.traceback = {handler} error('boom')", lua=lua)

    assert running.failure.message == f"{running.failure.file}:1: boom"
    assert running.failure.traceback is not None


@pytest.mark.parametrize("level", [0, 1])
def test_an_error_ends_at_a_nul(session: OpenSession, level: int, lua: str) -> None:
    """
    C reads a message up to a NUL; the traceback stands behind it all the same.
    """
    running = session(f"error('boom\\0more', {level})", lua=lua)

    assert running.failure.message.endswith("boom")
    assert "stack traceback" in "\n".join(running.log)


@pytest.mark.parametrize(
    ("value", "kind", "begin"),
    [
        ("'boom'", "string", "push.lua:1: boom\nstack traceback:\n"),
        ("", "string", "stack traceback:\n"),
        ("42", "string", "42\nstack traceback:\n"),
        ("{ 1 }", "table", "1"),
    ],
)
def test_an_error_where_a_variable_is_closed(session: OpenSession, value: str, kind: str, begin: str) -> None:
    """
    ``__close`` of Lua 5.4 gets the error as Dovecot's message handler has left it: text with its traceback,
    and anything else as it was.
    """
    running = session(
        "local held <close> = setmetatable({}, { __close = function(_, value) "
        "print(type(value), (type(value) == 'table' and value[1] or value)) end }) "
        f"error({value})"
    )

    [printed] = running.printed
    found, text = printed.split("\t", 1)
    assert found == kind
    assert text.replace(f"{running.failure.file}:", "push.lua:").startswith(begin)


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

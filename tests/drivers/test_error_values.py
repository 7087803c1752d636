"""
What a script raises, and what Dovecot's message handler, the script's ``debug.traceback``, makes of it.
"""

from __future__ import annotations

import pytest

from tests.conftest import OpenSession


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

"""
Arguments that do not fit: Lua's and Dovecot's own words, at the script's own line.
"""

from __future__ import annotations

import pytest

from luahost.runtime import LUA_VERSIONS
from tests.conftest import Evaluate

WITH_SUBTYPES = ("5.3", "5.4", "5.5")
"""The Lua versions that know integers, and use ``__name`` in error messages."""

OBJECTS = "local e = dovecot.event() local m = user:mailbox('INBOX') "


def counted(call: str, words: str, *arguments: tuple[str, int]) -> list[tuple[str, str]]:
    return [(f"{call}({given})", f"{words}, got {got}") for given, got in arguments]


COUNTS = [
    *counted("dovecot.i_debug", "expected 1 arguments", ("", 0), ("'a', 'b'", 2), ("nil, nil", 2)),
    *counted("dovecot.i_info", "expected 1 arguments", ("", 0), ("'a', 'b'", 2)),
    *counted("dovecot.i_warning", "expected 1 arguments", ("", 0), ("'a', 'b'", 2)),
    *counted("dovecot.i_error", "expected 1 arguments", ("", 0), ("'a', 'b'", 2)),
    *counted("dovecot:i_error", "expected 1 arguments", ("'x'", 2)),
    *counted("dovecot.event", "expected 0 to 1 arguments", ("e, e", 2)),
    *counted("dovecot.has_flag", "expected 2 arguments", ("1", 1), ("1, 2, 3", 3)),
    *counted("dovecot.set_flag", "expected 2 arguments", ("1", 1), ("1, 2, 3", 3)),
    *counted("dovecot.clear_flag", "expected 2 arguments", ("1", 1), ("1, 2, 3", 3)),
    *counted("dovecot.restrict_global_variables", "expected 1 arguments", ("", 0), ("true, true", 2)),
    *counted("e:set_name", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("e.set_name", "expected 2 arguments", ("'a'", 1)),
    *counted("e:add_str", "expected 3 arguments", ("'a'", 2), ("'a', 'b', 'c'", 4)),
    *counted("e:add_int", "expected 3 arguments", ("'a'", 2), ("'a', 1, 2", 4)),
    *counted("e:add_timeval", "expected 3 arguments", ("'a'", 2), ("'a', 1, 2", 4)),
    *counted("e:inc_int", "expected 3 arguments", ("'a'", 2), ("'a', 1, 2", 4)),
    *counted("e:append_log_prefix", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("e:replace_log_prefix", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("e:set_always_log_source", "expected 1 arguments", ("true", 2)),
    *counted("e:log_debug", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("e:log_info", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("e:log_warning", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("e:log_error", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("e:passthrough_event", "expected 1 arguments", ("1", 2)),
    *counted("user:plugin_getenv", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("user.plugin_getenv", "expected 2 arguments", ("'a'", 1)),
    *counted("user:mailbox", "expected 2 to 3 arguments", ("", 1), ("'a', 0, 0", 4)),
    *counted("user:metadata_set", "expected 3 arguments", ("'/private/a'", 2), ("'a', 'b', 'c'", 4)),
    *counted("user:metadata_unset", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    *counted("m:open", "expected 1 arguments", ("1", 2)),
    *counted("m:close", "expected 1 arguments", ("1", 2)),
    *counted("m:free", "expected 1 arguments", ("1", 2)),
    *counted("m:sync", "expected 1 to 2 arguments", ("1, 2", 3)),
    *counted("m:metadata_set", "expected 3 arguments", ("'/private/a'", 2), ("'a', 'b', 'c'", 4)),
    *counted("m:metadata_unset", "expected 2 arguments", ("", 1), ("'a', 'b'", 3)),
    ("user:metadata_get()", "expecting at least 1 parameter"),
    ("user:metadata_list()", "expecting at least 1 parameter"),
    ("m:metadata_get()", "expecting at least 1 parameter"),
    ("m:metadata_list()", "expecting at least 1 parameter"),
    ("m:status()", "expecting at least 1 parameter"),
]


@pytest.mark.parametrize(("call", "words"), COUNTS)
def test_counts(evaluate: Evaluate, call: str, words: str) -> None:
    """
    A wrong number of arguments is told of without a place; self counts.
    """
    assert evaluate(OBJECTS + call) == f"error: {words}"


@pytest.mark.parametrize("call", ["dovecot.i_info()", "e:set_name()", "user:mailbox()", "m:status()"])
@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_counts_everywhere(evaluate: Evaluate, call: str, lua: str) -> None:
    """
    Every Lua version says so in the same words.
    """
    assert evaluate(OBJECTS + call, lua=lua) == f"error: {dict(COUNTS)[call]}"


TYPES = [
    ("dovecot.i_debug(nil)", 1, "i_debug", "string expected, got nil"),
    ("dovecot.i_info(true)", 1, "i_info", "string expected, got boolean"),
    ("dovecot.i_warning({})", 1, "i_warning", "string expected, got table"),
    ("dovecot.i_error(print)", 1, "i_error", "string expected, got function"),
    ("dovecot.has_flag(nil, 2)", 1, "has_flag", "number expected, got nil"),
    ("dovecot.has_flag(6, nil)", 2, "has_flag", "number expected, got nil"),
    ("dovecot.set_flag('six', 2)", 1, "set_flag", "number expected, got string"),
    ("dovecot.clear_flag(true, 2)", 1, "clear_flag", "number expected, got boolean"),
    ("e:set_name(nil)", 1, "set_name", "string expected, got nil"),
    ("e:set_name({})", 1, "set_name", "string expected, got table"),
    ("e:add_str(nil, 'v')", 1, "add_str", "string expected, got nil"),
    ("e:add_str('k', nil)", 2, "add_str", "string expected, got nil"),
    ("e:add_int({}, 1)", 1, "add_int", "string expected, got table"),
    ("e:add_int('k', 'refused')", 2, "add_int", "number expected, got string"),
    ("e:add_int('k', true)", 2, "add_int", "number expected, got boolean"),
    ("e:add_timeval('k', nil)", 2, "add_timeval", "number expected, got nil"),
    ("e:inc_int('k', 'x')", 2, "inc_int", "number expected, got string"),
    ("e:append_log_prefix(nil)", 1, "append_log_prefix", "string expected, got nil"),
    ("e:replace_log_prefix(nil)", 1, "replace_log_prefix", "string expected, got nil"),
    ("e:log_debug(nil)", 1, "log_debug", "string expected, got nil"),
    ("e:log_info({})", 1, "log_info", "string expected, got table"),
    ("e:log_warning(true)", 1, "log_warning", "string expected, got boolean"),
    ("e:log_error(print)", 1, "log_error", "string expected, got function"),
    ("e.log_error(e, print)", 2, "log_error", "string expected, got function"),
    ("local p = e:passthrough_event() p:log_info(nil)", 1, "log_info", "string expected, got nil"),
    ("user:mailbox(nil)", 1, "mailbox", "string expected, got nil"),
    ("user:mailbox({})", 1, "mailbox", "string expected, got table"),
    ("user:mailbox('INBOX', nil)", 2, "mailbox", "number expected, got nil"),
    ("user:mailbox('INBOX', 'x')", 2, "mailbox", "number expected, got string"),
    ("user:metadata_set(nil, 'v')", 1, "metadata_set", "string expected, got nil"),
    ("user:metadata_unset({})", 1, "metadata_unset", "string expected, got table"),
    ("m:metadata_set({}, 'v')", 1, "metadata_set", "string expected, got table"),
    ("m:metadata_unset(nil)", 1, "metadata_unset", "string expected, got nil"),
    ("m:sync(nil)", 1, "sync", "number expected, got nil"),
    ("m:sync('x')", 1, "sync", "number expected, got string"),
    ("m:status(nil)", 1, "status", "number expected, got nil"),
    ("m:status('messages')", 1, "status", "number expected, got string"),
    ("m:status(1, {})", 2, "status", "number expected, got table"),
]


@pytest.mark.parametrize(("statement", "index", "name", "words"), TYPES)
def test_types(evaluate: Evaluate, statement: str, index: int, name: str, words: str) -> None:
    """
    A wrong type is told of with the script's line, the function as the script wrote it, and a number
    that leaves out self in a method call.
    """
    assert evaluate(f"{OBJECTS} m:open() {statement}") == (
        f"error: case.lua:1: bad argument #{index} to '{name}' ({words})"
    )


@pytest.mark.parametrize(
    "statement", ["dovecot.i_debug(nil)", "e:add_int('k', 'refused')", "user:mailbox({})", "m:status(nil)"]
)
@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_types_everywhere(evaluate: Evaluate, statement: str, lua: str) -> None:
    """
    Every Lua version says so in the same words.
    """
    index, name, words = next(row[1:] for row in TYPES if row[0] == statement)

    assert evaluate(OBJECTS + statement, lua=lua) == (
        f"error: case.lua:1: bad argument #{index} to '{name}' ({words})"
    )


@pytest.mark.parametrize(
    ("value", "name"), [("user", "struct mail_user"), ("m", "struct mailbox"), ("e", "struct event")]
)
def test_objects_have_a_name(evaluate: Evaluate, value: str, name: str, lua: str) -> None:
    """
    Since Lua 5.3 an object of Dovecot's is named in error messages; before it is a table.
    """
    got = name if lua in WITH_SUBTYPES else "table"

    assert evaluate(f"{OBJECTS} dovecot.i_info({value})", lua=lua) == (
        f"error: case.lua:1: bad argument #1 to 'i_info' (string expected, got {got})"
    )


@pytest.mark.parametrize("number", ["6.5", "2^70", "1/0", "'6.5'"])
@pytest.mark.parametrize(
    ("call", "index", "name"),
    [
        ("dovecot.has_flag({}, 2)", 1, "has_flag"),
        ("dovecot.set_flag(2, {})", 2, "set_flag"),
        ("e:add_int('k', {})", 2, "add_int"),
        ("m:sync({})", 1, "sync"),
        ("m:status({})", 1, "status"),
        ("user:mailbox('INBOX', {})", 2, "mailbox"),
    ],
)
def test_no_integer(evaluate: Evaluate, call: str, index: int, name: str, number: str) -> None:
    """
    A number that is no integer is none where one is wanted.
    """
    assert evaluate(OBJECTS + call.format(number)) == (
        f"error: case.lua:1: bad argument #{index} to '{name}' (number has no integer representation)"
    )


@pytest.mark.parametrize("lua", ["5.1", "5.2", "luajit"])
def test_fractions_before_integers(evaluate: Evaluate, lua: str) -> None:
    """
    Where Lua knows no integers, a number just loses its fraction.
    """
    assert evaluate("return dovecot.set_flag(6.5, 1), dovecot.set_flag(-6.5, 0)", lua=lua) == "7, -6"


def test_straight_through_pcall(evaluate: Evaluate, lua: str) -> None:
    """
    A function that pcall calls has neither a name nor a place, and its self counts.
    """
    function = "local _, words = pcall(dovecot.i_info, nil) return words"
    method = "local _, words = pcall(e.set_name, e, nil) return words"

    assert evaluate(function, lua=lua) == "\"bad argument #1 to '?' (string expected, got nil)\""
    assert evaluate(OBJECTS + method, lua=lua) == "\"bad argument #2 to '?' (string expected, got nil)\""


@pytest.mark.parametrize(
    ("call", "index", "name", "words"),
    [
        ("dovecot.i_info(nil)", 1, "i_info", "string expected, got nil"),
        ("dovecot.has_flag(1, {})", 2, "has_flag", "number expected, got table"),
        ("e:set_name(nil)", 1, "set_name", "string expected, got nil"),
        ("e:passthrough_event():add_int('k', {})", 2, "add_int", "number expected, got table"),
        ("user:mailbox(nil)", 1, "mailbox", "string expected, got nil"),
        ("user:metadata_set(nil, 1)", 1, "metadata_set", "string expected, got nil"),
        ("m:status(nil)", 1, "status", "number expected, got nil"),
        ("m:sync(nil)", 1, "sync", "number expected, got nil"),
    ],
)
@pytest.mark.parametrize("lua", ["5.1", "5.2", "5.3", "5.4", "5.5"])
def test_tail_calls(evaluate: Evaluate, call: str, index: int, name: str, words: str, lua: str) -> None:
    """
    A tail call takes the script's line off the stack, but the function is still named. In 5.4 the line
    is there as well. LuaJIT does not tell a tail call from a call by pcall.
    """
    place = "case.lua:1: " if lua == "5.4" else ""

    assert evaluate(f"{OBJECTS} return {call}", lua=lua) == (
        f"error: {place}bad argument #{index} to '{name}' ({words})"
    )


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("dovecot.has_flag(6.0, '2')", "true"),
        ("dovecot.set_flag('4', 1.0)", "5"),
        ("user:plugin_getenv(5)", '"five"'),
        ("tostring(user:mailbox(5))", '"5"'),
        ("m:status('1', 16.0).messages", "1"),
    ],
)
def test_conversions(evaluate: Evaluate, call: str, shown: str, lua: str) -> None:
    """
    Numbers are strings where one is wanted; integral floats and numeric strings are integers.
    """
    assert evaluate(f"{OBJECTS} return {call}", lua=lua, settings={"5": "five"}) == shown


@pytest.mark.parametrize(
    ("call", "struct", "index"),
    [
        ("e.set_name({}, 'x')", "event", 1),
        ("e.log_info({}, 'x')", "event", 1),
        ("dovecot.event({})", "event", 1),
        ("user.plugin_getenv({}, 'x')", "mail_user", 1),
        ("user.mailbox({}, 'x')", "mail_user", 1),
        ("user.metadata_get({}, '/private/a')", "mail_user", 1),
        ("m.open({})", "mailbox", 1),
        ("m.status({}, 1)", "mailbox", 1),
        ("m.metadata_get({}, '/private/a')", "mailbox", 1),
    ],
)
@pytest.mark.parametrize(
    ("value", "got"), [("nil", "nil"), ("5", "number"), ("'x'", "string"), ("print", "function")]
)
def test_wrong_self(evaluate: Evaluate, call: str, struct: str, index: int, value: str, got: str) -> None:
    """
    A self that is no object of Dovecot's is told of in Dovecot's words, without a place.
    """
    assert evaluate(OBJECTS + call.format(value)) == (
        f"error: Bad argument #{index}, expected struct {struct} got {got}"
    )

"""
The functions of the table ``dovecot``, and the table itself.
"""

from __future__ import annotations

import pytest

from luahost.runtime import LUA_VERSIONS
from tests.conftest import Evaluate, OpenSession

LEVELS = ["debug", "info", "warning", "error"]


@pytest.mark.parametrize("level", LEVELS)
def test_log(session: OpenSession, level: str, lua: str) -> None:
    """
    The four log functions write a line of their level and return nothing.
    """
    running = session(f"print(select('#', dovecot.i_{level}('hello')))", lua=lua)

    assert running.log == [f"{level}: hello"]
    assert running.printed == ["0"]


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("''", ""),
        ("'one\\ntwo\\n\\nfour'", "one\ntwo\n\nfour"),
        ("'before\\0after'", "before"),
        ("'100%% %s %d'", "100%% %s %d"),
        ("'p\\195\\164iv\\195\\164'", "päivä"),
        ("'bad \\255\\254'", "bad \udcff\udcfe"),
        ("'tab\\t bell\\7 esc\\27[0m'", "tab\t bell\x07 esc\x1b[0m"),
        ("('x'):rep(300000)", "x" * 300000),
        ("5", "5"),
    ],
)
def test_log_text(session: OpenSession, text: str, logged: str, lua: str) -> None:
    """
    A line is logged byte for byte, up to the first NUL.
    """
    assert session(f"dovecot.i_error({text})", lua=lua).log == [f"error: {logged}"]


def test_debug_is_always_written(session: OpenSession) -> None:
    """
    ``i_debug`` needs no debugging, unlike an event's ``log_debug``.
    """
    text = "dovecot.i_debug('a') dovecot.event():log_debug('b')"

    assert session(text, debug=False).log == ["debug: a"]
    assert "debug: lua: b" in session(text, debug=True).log


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("has_flag(6, 2)", "true"),
        ("has_flag(6, 1)", "false"),
        ("has_flag(6, 6)", "true"),
        ("has_flag(6, 7)", "false"),
        ("has_flag(6, 0)", "true"),
        ("has_flag(0, 0)", "true"),
        ("set_flag(4, 2)", "6"),
        ("set_flag(6, 2)", "6"),
        ("set_flag(4294967296, 1)", "4294967297"),
        ("clear_flag(6, 2)", "4"),
        ("clear_flag(4, 2)", "4"),
        ("clear_flag(-1, 1)", "-2"),
    ],
)
def test_flags(evaluate: Evaluate, call: str, shown: str, lua: str) -> None:
    """
    The flag functions work on all bits of their second argument; numbers stay integers.
    """
    assert evaluate(f"return dovecot.{call}", lua=lua) == shown


def test_flags_of_storage(evaluate: Evaluate, lua: str) -> None:
    """
    The constants of ``dovecot.storage`` can be added up for them.
    """
    numbers = "local s = dovecot.storage local both = s.STATUS_RECENT + s.STATUS_UNSEEN "

    assert evaluate(f"{numbers} return dovecot.has_flag(both, s.STATUS_UNSEEN)", lua=lua) == "true"


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("type(dovecot), type(getmetatable(dovecot))", '"table", "table"'),
        ("tostring(dovecot):find('^dovecot: 0x%x+$') ~= nil", "true"),
        ("tostring(dovecot) == tostring(dovecot)", "true"),
        ("rawget(dovecot, 'i_info')", "nil"),
        ("getmetatable(dovecot).__index == getmetatable(dovecot)", "true"),
        ("type(dovecot.i_info), type(dovecot.storage)", '"function", "table"'),
        ("dovecot.nosuch", "nil"),
    ],
)
def test_table(evaluate: Evaluate, expression: str, shown: str, lua: str) -> None:
    """
    Functions live in the metatable of ``dovecot``; what does not exist is nil.
    """
    assert evaluate(f"return {expression}", lua=lua) == shown


def test_pairs_shows_tables_only(evaluate: Evaluate) -> None:
    """
    Going through ``dovecot`` shows the tables in it and none of the functions.
    """
    statement = (
        "local kinds = {} for _, value in pairs(dovecot) do kinds[type(value)] = true end return kinds"
    )

    assert evaluate(statement) == "{table=true}"


def test_assignment(evaluate: Evaluate) -> None:
    """
    A script may put something of its own into ``dovecot``.
    """
    assert evaluate("dovecot.mine = 1 return dovecot.mine, rawget(dovecot, 'mine')") == "1, 1"


READ = "attempt to write to read undeclared global variable"
WRITE = "attempt to write to undeclared global variable"

RESTRICTED = [
    ("return undefined", f"error: {READ} undefined"),
    ("undefined = 1", f"error: {WRITE} undefined"),
    ("undefined = nil", f"error: {WRITE} undefined"),
    ("function defined() return 1 end return defined()", "1"),
    ("defined = print return defined == print", "true"),
    ("declared = 2 return declared", "2"),
    ("declared = nil return declared", f"error: {READ} declared"),
    ("declared = nil declared = 1", f"error: {WRITE} declared"),
    ("rawset(_G, 'raw', 3) return raw", "3"),
    ("return _G[1]", f"error: {READ} 1"),
    ("_G[1] = 2", f"error: {WRITE} 1"),
    ("_G['a\\0b'] = 2", f"error: {WRITE} a"),
    ("local mine = 5 return mine", "5"),
    ("dovecot.i_info('x') return 1", "1"),
    ("dovecot.restrict_global_variables(false) undefined = 1 return undefined, other", "1, nil"),
    ("dovecot.restrict_global_variables(nil) undefined = 1 return undefined, other", "1, nil"),
    ("dovecot.restrict_global_variables(0) return undefined", f"error: {READ} undefined"),
    ("return require('show') ~= nil", "true"),
]


@pytest.mark.parametrize(("statements", "shown"), RESTRICTED)
def test_restricted_globals(evaluate: Evaluate, statements: str, shown: str) -> None:
    """
    Under restriction undeclared globals can neither be read nor written, but functions may be
    defined; the words are Dovecot's, without a place.
    """
    assert evaluate(f"declared = 1 dovecot.restrict_global_variables(true) {statements}") == shown


@pytest.mark.parametrize(
    "statements", ["return undefined", "undefined = 1", "function defined() return 1 end return defined()"]
)
@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_restricted_globals_everywhere(evaluate: Evaluate, statements: str, lua: str) -> None:
    """
    Every Lua version is restricted alike.
    """
    restrict = "dovecot.restrict_global_variables(true) "

    assert evaluate(restrict + statements, lua=lua) == dict(RESTRICTED)[statements]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("local _ = _G[true]", "bad argument #2 to 'index' (string expected, got boolean)"),
        ("local _ = _G[{}]", "bad argument #2 to 'index' (string expected, got table)"),
        ("_G[true] = 1", "bad argument #2 to 'newindex' (string expected, got boolean)"),
        ("_G[{}] = 1", "bad argument #2 to 'newindex' (string expected, got table)"),
    ],
)
def test_restricted_keys(evaluate: Evaluate, statement: str, words: str, lua: str) -> None:
    """
    A key that is no name is told of with the script's line.
    """
    restrict = "dovecot.restrict_global_variables(true) "

    assert evaluate(restrict + statement, lua=lua) == f"error: case.lua:1: {words}"


def test_restriction_off_leaves_an_empty_metatable(evaluate: Evaluate) -> None:
    """
    Taking the restriction off puts an empty metatable in its place.
    """
    assert evaluate("dovecot.restrict_global_variables(false) return getmetatable(_G)") == "{}"


def test_restriction_in_script_init(session: OpenSession) -> None:
    """
    A script that restricts itself when it starts still has its handlers called.
    """
    running = session(
        "function script_init() dovecot.restrict_global_variables(true) return 0 end "
        "function script_deinit() dovecot.i_info('deinit') end"
    )
    running.close()

    assert running.log == ["info: deinit"]

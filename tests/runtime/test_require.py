"""
``require``: a script's own neighbours, and nothing outside of the configured folders.
"""

from __future__ import annotations

import os

import pytest

from luahost.runtime import Limits, LuaState
from luahost.runtime.modules import ModuleFinder, without_first_comment
from tests.conftest import Evaluate, OpenSession, WriteScript


def test_neighbour(session: OpenSession, script: WriteScript, lua: str) -> None:
    """
    A file beside the script is a module: run once, and the same value each time.
    """
    script("print('loaded', ...) return { answer = 42 }", "near.lua")
    running = session(
        "local a, b = require('near'), require('near') print(a.answer, rawequal(a, b))", lua=lua
    )

    assert running.printed[0].startswith("loaded\tnear")
    assert running.printed[1:] == ["42\ttrue"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("near.lua", "near"),
        ("near/init.lua", "near"),
        ("near/far.lua", "near.far"),
        ("a-b_c1.lua", "a-b_c1"),
        ("near/init.lua", "near.init"),
    ],
)
def test_places(session: OpenSession, script: WriteScript, file: str, name: str) -> None:
    """
    A dot in a name is a folder, and a folder's module is its init.lua.
    """
    script("return 'found'", file)

    assert session(f"print(require('{name}'))").printed[0].startswith("found")


def test_other_folders(session: OpenSession, script: WriteScript) -> None:
    """
    Configured folders come after the script's own.
    """
    script("return 'in lib'", "lib/far.lua")
    script("return 'in lib'", "lib/near.lua")
    folder = os.path.dirname(script("return 'beside'", "near.lua"))
    running = session("print((require('near'))) print((require('far')))", folders=[f"{folder}/lib"])

    assert running.printed == ["beside", "in lib"]


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/passwd",
        "sub/near",
        "",
        ".",
        "..",
        "near.",
        ".near",
        "a..b",
        "near\\0x",
        "n?ar",
        "near.lua",
    ],
)
def test_no_way_out(session: OpenSession, script: WriteScript, name: str, lua: str) -> None:
    """
    A name is names of files and folders with dots between; everything else is no module.
    """
    outside = script("return 'outside'", "outside.lua")
    script("return 'outside'", "sub/near.lua")
    folder = os.path.dirname(outside)
    running = session(f"print((pcall(require, '{name}')))", lua=lua, folders=[f"{folder}/sub"])

    assert running.printed == ["false"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("return nil", "true"),
        ("", "true"),
        ("return false", "false"),
        ("return 5", "5"),
        ("package.loaded['near'] = 'set' return nil", "set"),
    ],
)
def test_what_a_module_returns(
    session: OpenSession, script: WriteScript, text: str, shown: str, lua: str
) -> None:
    """
    A module that returns nothing is true, unless it says in ``package.loaded`` what it is.
    """
    script(text, "near.lua")

    assert session("print((require('near')))", lua=lua).printed == [shown]


def test_missing(session: OpenSession, script: WriteScript) -> None:
    """
    A module that is not found is told of with every place where it was looked for.
    """
    folder = os.path.dirname(script(""))
    words = session("require('nosuch')").failure.message

    assert words.startswith(f"{folder}/push.lua:1: module 'nosuch' not found:\n")
    assert "\n\tno field package.preload['nosuch']" in words
    assert f"\n\tno file '{folder}/nosuch.lua'" in words
    assert f"\n\tno file '{folder}/nosuch/init.lua'" in words


def test_missing_leaves_nothing(script: WriteScript, lua: str) -> None:
    """
    A script may look for as many modules as it likes that are not there: nothing is kept of them.
    """
    state = LuaState(lua, limits=Limits(memory_bytes=1024 * 1024))
    state.load(script("for i = 1, 5000 do pcall(require, 'nosuch' .. i) end"))

    assert state.stopped is None


def test_broken(session: OpenSession, script: WriteScript, lua: str) -> None:
    """
    A module that does not parse is told of with its own file and line, at the line that required it.
    """
    path = script("\nx = = 1", "near.lua")
    words = session("require('near')", lua=lua).failure.message

    assert "push.lua:1: error loading module 'near' from file '" in words
    assert f"{path}:2: " in words


def test_raising(session: OpenSession, script: WriteScript, lua: str) -> None:
    """
    A module that raises is not loaded; the next attempt runs it again.
    """
    script("count = (count or 0) + 1 error('boom ' .. count, 0)", "near.lua")
    running = session("print(pcall(require, 'near')) print(pcall(require, 'near'))", lua=lua)

    assert running.printed == ["false\tboom 1", "false\tboom 2"]


def test_bytecode(session: OpenSession, script: WriteScript, lua: str) -> None:
    """
    A module is text.
    """
    script(b"\x1bLua\x54\x00\x19\x93", "near.lua")

    assert session("print((pcall(require, 'near')))", lua=lua).printed == ["false"]


def test_shared_globals(session: OpenSession, script: WriteScript, lua: str) -> None:
    """
    A neighbour lives in the script's world: same globals, same dovecot, same boundary.
    """
    script("shared = 'of the neighbour' print(python, io, dovecot ~= nil)", "near.lua")
    running = session("require('near') print(shared)", lua=lua)

    assert running.printed == ["nil\tnil\ttrue", "of the neighbour"]


def test_preload(session: OpenSession, lua: str) -> None:
    """
    A function in ``package.preload`` is a module.
    """
    running = session(
        "package.preload.mine = function(name) return 'made for ' .. name end print((require('mine')))",
        lua=lua,
    )

    assert running.printed == ["made for mine"]


@pytest.mark.parametrize("name", ["string", "table", "math", "os", "coroutine", "_G", "package", "debug"])
def test_standard_libraries(evaluate: Evaluate, name: str, lua: str) -> None:
    """
    Lua's libraries can be required, and are the script's own.
    """
    assert evaluate(f"return rawequal(require('{name}'), {name})", lua=lua) == "true"


@pytest.mark.parametrize("value", ["nil", "{}", "true"])
def test_no_name(evaluate: Evaluate, value: str, lua: str) -> None:
    """
    A name is a string.
    """
    assert evaluate(f"local m = require({value}) return m", lua=lua).startswith(
        "error: case.lua:1: bad argument #1 to 'require' (string expected, got "
    )


def test_path() -> None:
    """
    The search has the form of ``package.path``.
    """
    assert ModuleFinder(["a", "b"]).path == "a/?.lua;a/?/init.lua;b/?.lua;b/?/init.lua"


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        (b"x", b"x"),
        (b"#!lua\nx", b"\nx"),
        (b"# any\nx", b"\nx"),
        (b"\xef\xbb\xbfx", b"x"),
        (b"\xef\xbb\xbf#!lua\nx", b"\nx"),
        (b"#!lua", b""),
        (b"", b""),
        (b"x\n#y", b"x\n#y"),
    ],
)
def test_first_comment(source: bytes, rest: bytes) -> None:
    """
    Mark and first comment go, the line end stays, so that lines are counted right.
    """
    assert without_first_comment(source) == rest

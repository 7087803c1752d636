"""
The policy ``dovecot``: the libraries that scripts have there, and still no way into Python.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from luahost import Host
from luahost.errors import ScriptLoadError, UsageError
from luahost.runtime import LUA_VERSIONS, LuaState

everywhere = pytest.mark.parametrize("lua", LUA_VERSIONS)


def printed(folder: Path, text: str, lua: str) -> list[str]:
    """
    What a script prints under this policy.
    """
    lines: list[bytes] = []
    path = folder / "push.lua"
    path.write_text(text, encoding="utf-8")
    state = LuaState(lua, environment={"SET": "here"}, printed=lines.append, policy="dovecot")
    state.load(str(path))
    return [line.decode().rstrip("\n") for line in lines]


@everywhere
def test_libraries(tmp_path: Path, lua: str) -> None:
    """
    Files and chunks can be read, and the environment is the one that was given.
    """
    (tmp_path / "data.lua").write_text("return 'read', ...", encoding="utf-8")
    text = f"""
    local path = {str(tmp_path / "data.lua")!r}
    print(io.open(path):read("*l"), (loadfile(path)()), (dofile(path)))
    print(os.getenv("SET"), os.getenv("HOME"), type(os.remove), package.loaded.io == io)
    print(pcall(dofile, "no/such/file"))
    """

    assert printed(tmp_path, text, lua) == [
        "return 'read', ...\tread\tread",
        "here\tnil\tfunction\ttrue",
        "false\tcannot open no/such/file: No such file or directory",
    ]


@everywhere
def test_luahosts_functions_show_nothing(tmp_path: Path, lua: str) -> None:
    """
    Like C functions they have no upvalues and no locals, and the registry is not Lua's own.
    """
    text = """
    local mine = 5
    local function f() return mine end
    print(debug.getupvalue(f, 1))
    print(debug.getupvalue(require, 1), debug.setupvalue(require, 1, 1))
    local level, found = 1, {}
    while debug.getinfo(level, "S") do
      if debug.getinfo(level, "S").source:find("^@luahost/lua/") then
        found[#found + 1] = tostring(debug.getlocal(level, 1))
      end
      level = level + 1
    end
    print(table.concat(found, " "):gsub("nil ?", ""), (debug.getlocal(1, 1)))
    for key, value in pairs(debug.getregistry()) do
      if type(value) ~= "table" then print(key, value) end
    end
    """

    first, second, third = printed(tmp_path, text, lua)

    assert first == "mine\t5"
    assert second == "nil\tnil"
    assert third.startswith("\t")
    assert third.endswith("\tmine")


def test_no_such_policy() -> None:
    """
    A host says which policies there are.
    """
    options: dict[str, Any] = {"policy": "all"}
    with pytest.raises(UsageError, match="no policy all; there are sandboxed, dovecot"):
        Host("push.lua", **options)


OLD_MATH = [
    ("cosh(1)", math.cosh(1)),
    ("sinh(-2)", math.sinh(-2)),
    ("tanh(0.5)", math.tanh(0.5)),
    ("tanh(-800)", -1.0),
    ("pow(2, 10)", 1024.0),
    ("log10(1000)", 3.0),
    ("atan2(-1, -2)", math.atan2(-1, -2)),
    ("ldexp(0.75, 4)", 12.0),
    ("ldexp(1, -1074)", 5e-324),
    ("frexp(12)", math.frexp(12)[0]),
    ("frexp(-0.1)", math.frexp(-0.1)[0]),
    ("frexp(0)", 0.0),
    ("frexp(5e-324)", 0.5),
]


@pytest.mark.parametrize(("call", "expected"), OLD_MATH)
def test_old_functions_of_math(tmp_path: Path, call: str, expected: float) -> None:
    """
    Debian's Lua 5.4 still has the functions of older ones.
    """
    [shown] = printed(tmp_path, f"print(string.format('%.17g', (math.{call})))", "5.4")

    assert float(shown) == pytest.approx(expected, rel=1e-12, abs=0)


@everywhere
def test_a_compiled_script_runs(tmp_path: Path, lua: str) -> None:
    """
    Bytecode of the same Lua is a script too, as in Dovecot; what is broken is refused.
    """
    compiler = f"""
    local file = io.open({str(tmp_path / "compiled.luac")!r}, "wb")
    file:write(string.dump(assert(loadstring or load)("print('compiled', 1 + 1)")))
    file:close()
    """
    assert printed(tmp_path, compiler, lua) == []
    lines: list[bytes] = []
    state = LuaState(lua, printed=lines.append, policy="dovecot")
    state.load(str(tmp_path / "compiled.luac"))
    (tmp_path / "broken.luac").write_bytes(b"\x1bLua garbage\n")

    assert lines == [b"compiled\t2\n"]
    with pytest.raises(ScriptLoadError) as broken:
        state.load(str(tmp_path / "broken.luac"))
    assert broken.value.step == "lua_load"

"""
One file of cases, run under Debian's Lua with the real library and under luahost.

The cases are in ``cases/<name>.lua``; ``run.lua`` turns what each returns or raises into one line,
in the same words on both sides.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from luahost.runtime import LuaState

HERE = Path(__file__).parent
LUA_JSON = "/usr/share/lua/5.3/?.lua"
"""
Where Debian puts lua-json, which it does not build for 5.4. It is Lua only and runs there; this is
what an administrator's LUA_PATH has to name.
"""


def program(module: str, cases: str) -> str:
    """
    A Lua script with one function, which answers the lines.
    """
    return f'function answers() return require "run"(require "{module}", require "cases.{cases}") end\n'


def real(module: str, cases: str, folder: Path, lua: str = "lua5.4") -> list[str]:
    """
    What the real library says, with cases from ``folder``.
    """
    path = ";".join((f"{folder}/?.lua", f"{HERE}/?.lua", ";", LUA_JSON))
    ran = subprocess.run(
        [lua, "-e", program(module, cases) + "io.write(answers())"],
        env={**os.environ, "LUA_PATH": path},
        capture_output=True,
        check=True,
    )
    return lines(ran.stdout)


def ours(module: str, cases: str, folder: Path, scratch: Path, lua: str = "5.4") -> list[str]:
    """
    What luahost's module of that name says.
    """
    state = LuaState(lua, folders=[str(folder), str(HERE)])
    script = scratch / "script.lua"
    script.write_text(program(module, cases), encoding="utf-8")
    state.load(str(script))
    answer = state.call("answers")[1]
    assert isinstance(answer, bytes)
    return lines(answer)


def lines(answer: bytes) -> list[str]:
    """
    One text a case; cases are named in ASCII, and what they give is written in it.
    """
    return answer.decode("ascii").split("\n")

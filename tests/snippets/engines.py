"""
A list of snippets under a real Lua and under luahost.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from luahost.effects import Effects
from luahost.egress import Egress
from luahost.runtime import LuaState
from luahost.shims import register
from tests.snippets.generator import lua_string

if TYPE_CHECKING:
    from collections.abc import Sequence

RUN = Path(__file__).with_name("run.lua")

LUA_JSON = "/usr/share/lua/5.3/?.lua"
"""Where Debian has lua-json, which it does not build for 5.4; see ``tests/shims/json/oracle.py``."""

LIBRARY = re.compile(r'raises "(?:/usr/share/lua/[^:]*|\[string .*?\]):\d+: ')
"""An error of a library that is written in Lua: it names that file, and what it is called there."""

OURS = re.compile(r'raises "(?:case:\d+|luahost/lua/[^:]*:\d+): ')
"""Where such an error comes from in luahost: the script, or a library that is Lua there too."""

REFUSED = "luahost"
"""What the sandbox refuses, and for that only: Lua has other words for a million elements."""


def real(lua: str, prelude: str, snippets: Sequence[str], folder: Path) -> tuple[list[str], list[str]]:
    """
    The snippets that end, and what ``lua5.4`` says of each, or another version, with Debian's libraries.
    """
    script = folder / "real.lua"
    script.write_text(f"dofile('{RUN}') {_program(prelude, snippets)} io.write(answers())", encoding="ascii")
    ran = subprocess.run(
        [f"lua{lua}", str(script)],
        env={"LUA_PATH": f";;{LUA_JSON}", "TZ": "UTC"},
        stdout=subprocess.PIPE,
        timeout=600,
        check=True,
    )
    said = zip(snippets, ran.stdout.decode("ascii").split("\n"), strict=True)
    ending = [(snippet, line) for snippet, line in said if line != "is endless"]
    return [snippet for snippet, _ in ending], [line for _, line in ending]


def hosted(lua: str, prelude: str, snippets: Sequence[str], folder: Path) -> list[str]:
    """
    What luahost says.
    """
    script = folder / "hosted.lua"
    script.write_text(f"{RUN.read_text('ascii')} {_program(prelude, snippets)}", encoding="ascii")
    state = LuaState(lua)
    with Egress() as egress:
        register(state, egress=egress, effects=Effects())
        state.load(str(script))
        answer = state.call("answers")[1]
    assert isinstance(answer, bytes)
    return answer.decode("ascii").split("\n")


def _program(prelude: str, snippets: Sequence[str]) -> str:
    # One text: a function has room for so many constants only.
    texts = lua_string("\0".join(snippets) + "\0")
    return (
        f"function answers() local texts = {{}} "
        f"for text in string.gmatch({texts}, '[^%z]+') do texts[#texts + 1] = text end "
        f"return run({lua_string(prelude)}, texts) end"
    )


def agree(theirs: str, ours: str) -> bool:
    """
    Whether it is the same. Two things are luahost's way everywhere: what a library in Lua says of a wrong
    argument names its own inside, luahost's the function that was called; a missing argument is ``nil``.
    """
    if LIBRARY.match(theirs):
        return OURS.match(ours) is not None
    if theirs.startswith(("raises", "gives false")) and REFUSED in ours:
        return True
    theirs = theirs.replace("<userdata>", "<function>")  # what null is; see docs/json.md
    return theirs.replace("got no value", "got nil") == ours.replace("got no value", "got nil")

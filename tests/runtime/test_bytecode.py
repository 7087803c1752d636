"""
luahost's own chunks have their names wherever they are, and lines where Lua's own functions would have them.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.runtime.bytecode import compiled
from luahost.runtime.versions import LUA_VERSIONS, new_runtime


def shown(lua: str, chunk: str) -> Any:
    """
    The name and the first line of a chunk and of the functions in it, as Lua knows them.
    """
    runtime = new_runtime(lua)
    look = runtime.compile(
        b"local load, bytecode = ..."
        b" local f, message = (loadstring or load)(bytecode)"
        b" local info = debug.getinfo(assert(f, message), 'SL')"
        b" return info.source, next(info.activelines or {})"
    )
    return look(runtime.globals()[b"load"], compiled(lua, chunk))


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_names_stay(lua: str) -> None:
    """
    By its name a chunk is known as luahost's own, so it has one in every Lua.
    """
    assert shown(lua, "dovecot.kill")[0] == b"@luahost/lua/dovecot/kill.lua"


def test_c_has_no_lines() -> None:
    """
    What stands for C functions has no lines on Lua 5.4, what is Lua in reality has.
    """
    assert shown("5.4", "dovecot.kill")[1] is None
    assert shown("5.4", "luasocket.body")[1] > 0


def test_lines_for_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whoever looks for a fault in luahost's own Lua has lines everywhere.
    """
    monkeypatch.setenv("LUAHOST_LUA_LINES", "1")
    compiled.cache_clear()
    try:
        assert shown("5.4", "dovecot.kill")[1] > 0
    finally:
        compiled.cache_clear()

"""
The Lua versions that lupa brings, by the names users give them. The only import of lupa.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from luahost.errors import UsageError

LUA_VERSIONS = {
    "5.1": "lupa.lua51",
    "5.2": "lupa.lua52",
    "5.3": "lupa.lua53",
    "5.4": "lupa.lua54",
    "5.5": "lupa.lua55",
    "luajit": "lupa.luajit21",
}
"""What ``--lua`` offers. Debian's Dovecot has 5.4."""

DEFAULT_LUA = "5.4"


def _deny_get(owner: object, attribute: object) -> None:
    raise AttributeError("Python objects are closed to Lua")


def _deny_set(owner: object, attribute: object, value: object) -> None:
    raise AttributeError("Python objects are closed to Lua")


CRASHABLE = ("5.1", "luajit")
"""
Those that a few lines of plain Lua can crash, and the process with them: 5.1 by CVE-2014-5461, LuaJIT by
recursion through string.gsub. No allow-list takes that away.
"""


def no_lua(lua: str) -> UsageError:
    """
    The error that there is no such version.
    """
    return UsageError(f"no Lua {lua}; there are {', '.join(LUA_VERSIONS)}")


def new_runtime(lua: str, memory_bytes: int | None = None, *, machine_code: bool = True) -> Any:
    """
    A bare Lua state of lupa's: bytes only, no way from Lua into Python.

    Args:
        lua: A key of ``LUA_VERSIONS``.

        memory_bytes: What the state may hold beyond what it holds now; None for no limit.

        machine_code: Whether LuaJIT may compile to it.

    Raises:
        UsageError: There is no such version, or this machine's lupa was built without it.
    """
    runtime = _module(lua).LuaRuntime(
        encoding=None,
        source_encoding="utf-8",
        register_eval=False,
        register_builtins=False,
        unpack_returned_tuples=True,
        attribute_handlers=(_deny_get, _deny_set),
        max_memory=memory_bytes,
    )
    if not machine_code and lua == "luajit":
        runtime.globals()[b"jit"][b"off"]()
    return runtime


def lua_error(lua: str) -> type[Exception]:
    """
    What such a state raises. Where memory ran out, it is a ``MemoryError`` too.
    """
    error: type[Exception] = _module(lua).LuaError
    return error


@functools.cache
def _module(lua: str) -> Any:
    try:
        module_name = LUA_VERSIONS[lua]
    except KeyError:
        raise no_lua(lua) from None
    try:
        return importlib.import_module(module_name)
    except ImportError as error:
        raise UsageError(f"lupa on this machine has no Lua {lua} ({error})") from error

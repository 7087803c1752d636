"""
The Lua versions that lupa brings, by the names users give them. The only import of lupa.
"""

from __future__ import annotations

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


def new_runtime(lua: str) -> Any:
    """
    A bare Lua state of lupa's: bytes only, no way from Lua into Python.

    Raises:
        UsageError: There is no such version, or this machine's lupa was built without it.
    """
    try:
        module_name = LUA_VERSIONS[lua]
    except KeyError:
        raise UsageError(f"no Lua {lua}; there are {', '.join(LUA_VERSIONS)}") from None
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise UsageError(f"lupa on this machine has no Lua {lua} ({error})") from error
    return module.LuaRuntime(
        encoding=None,
        source_encoding="utf-8",
        register_eval=False,
        register_builtins=False,
        unpack_returned_tuples=True,
        attribute_handlers=(_deny_get, _deny_set),
    )

"""
The Lua state that a script runs in: load, call, errors with place and traceback.

Knows no mail: what ``dovecot.*`` is stands in ``api/``, what ``require`` offers in ``shims/``.
lupa is imported here and nowhere else.
"""

from luahost.runtime.state import (
    HostFunction,
    LuaFault,
    LuaState,
    Plain,
    ScriptPolicy,
    script_error,
    text,
)
from luahost.runtime.versions import DEFAULT_LUA, LUA_VERSIONS

__all__ = [
    "DEFAULT_LUA",
    "LUA_VERSIONS",
    "HostFunction",
    "LuaFault",
    "LuaState",
    "Plain",
    "ScriptPolicy",
    "script_error",
    "text",
]

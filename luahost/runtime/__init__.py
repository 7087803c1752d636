"""
The Lua state that a script runs in: load, call, errors with place and traceback.

Knows no mail: what ``dovecot.*`` is stands in ``api/``, what ``require`` offers in ``shims/``.
lupa is imported here and nowhere else.
"""

from luahost.runtime.answers import load_error, script_error, text
from luahost.runtime.host_halves import HostFunction, LuaFault, Plain
from luahost.runtime.limits import NO_LIMITS, Limits, limit_value
from luahost.runtime.meter import LimitReached, Meter
from luahost.runtime.script_files import REAL_FILES, ScriptFiles
from luahost.runtime.state import LuaState, ScriptPolicy
from luahost.runtime.tiers import state_kind
from luahost.runtime.versions import CRASHABLE, DEFAULT_LUA, LUA_VERSIONS

__all__ = [
    "CRASHABLE",
    "DEFAULT_LUA",
    "LUA_VERSIONS",
    "NO_LIMITS",
    "REAL_FILES",
    "HostFunction",
    "LimitReached",
    "Limits",
    "LuaFault",
    "LuaState",
    "Meter",
    "Plain",
    "ScriptFiles",
    "ScriptPolicy",
    "limit_value",
    "load_error",
    "script_error",
    "state_kind",
    "text",
]

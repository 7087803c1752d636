"""
``dovecot.i_error`` and its like, and the flag functions. The Lua half is ``luahost/lua/dovecot.lua``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.runtime import HostFunction, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


def functions(context: ApiContext) -> dict[str, HostFunction]:
    """
    The host half.
    """

    def log(level: bytes, line: bytes) -> None:
        context.log(level.decode(), text(line))

    return {
        "log": log,
        "has_flag": lambda value, flag: value & flag == flag,
        "set_flag": lambda value, flag: value | flag,
        "clear_flag": lambda value, flag: value & ~flag,
    }

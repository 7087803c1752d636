"""
``dovecot.i_error`` and its like, and the flag functions. The Lua half is ``luahost/lua/dovecot.lua``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.runtime import HostFunction, Plain, text

if TYPE_CHECKING:
    from luahost.api.context import ApiContext


DICT_CONSTANTS = {
    "ITERATE_FLAG_RECURSE": 1,
    "ITERATE_FLAG_SORT_BY_KEY": 2,
    "ITERATE_FLAG_SORT_BY_VALUE": 4,
    "ITERATE_FLAG_NO_VALUE": 8,
    "ITERATE_FLAG_EXACT_KEY": 16,
    "ITERATE_FLAG_ASYNC": 32,
}
"""``dovecot.dict`` of 2.4; push scripts cannot get at a dict, though."""

DOVEADM_CONSTANTS = {"DOVEADM_PROXY_TTL": 5}


def constants(context: ApiContext, numbers: dict[str, int]) -> tuple[Plain, ...]:
    """
    Names and numbers, flat.
    """
    return tuple(part for name, number in numbers.items() for part in (name.encode(), context.number(number)))


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
        "has_more_functions": lambda: context.dialect.more_functions,
        "dict_constants": lambda: constants(context, DICT_CONSTANTS),
        "doveadm_constants": lambda: constants(context, DOVEADM_CONSTANTS),
    }

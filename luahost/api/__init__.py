"""
``dovecot.*``: the host halves, one beside each Lua half in ``luahost/lua/dovecot/``.

A host half is a function ``functions(context)`` that answers the plain functions its Lua half calls.
:func:`install` offers them all to a Lua state and puts ``dovecot`` in the script's globals. The network is
the way out in the context, and nothing else.
"""

from __future__ import annotations

import functools
import importlib
from functools import partial
from typing import TYPE_CHECKING, Any

from luahost.api.context import ApiContext

if TYPE_CHECKING:
    from luahost.runtime import LuaState
    from luahost.runtime.host_halves import HostHalf

_PARTS = ("event", "http_client", "kill", "mail_user", "mailbox", "metadata", "more", "storage")


def _half(module: str, context: ApiContext) -> HostHalf:
    """
    A host half. Its module is imported now, for a script uses few of them.
    """
    half: HostHalf = _module(module).functions(context)
    return half


@functools.cache
def _module(name: str) -> Any:
    return importlib.import_module(f"luahost.api.{name}")


HALVES = {"dovecot": partial(_half, "dovecot")} | {f"dovecot.{part}": partial(_half, part) for part in _PARTS}


def preload() -> None:
    """
    Import every host half now, for a process that will have no files.
    """
    for name in ("dovecot", *_PARTS, "var_expand"):
        _module(name)


def install(state: LuaState, context: ApiContext) -> None:
    """
    Offer every host half and define the global ``dovecot``. Before the script is loaded.
    """
    state.offer(HALVES, context)
    state.define("dovecot", "dovecot")


__all__ = ["ApiContext", "install", "preload"]

"""
luahost's own Lua: the chunks under ``luahost/lua/``, by dotted name.

``dovecot.event`` is ``luahost/lua/dovecot/event.lua``. One function reads them all, so no Lua hides
in a Python string and every error names its file.
"""

from __future__ import annotations

import functools
import os

LUA_DIRECTORY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lua")


def chunk_path(name: str) -> str:
    """
    The path under which Lua knows a chunk: ``luahost/lua/dovecot/event.lua``.
    """
    return "luahost/lua/" + name.replace(".", "/") + ".lua"


@functools.cache
def chunk_source(name: str) -> bytes | None:
    """
    The text of a chunk, None if there is no such chunk.
    """
    parts = name.split(".")
    if not all(part.replace("_", "").isalnum() and part.isascii() for part in parts):
        return None
    try:
        with open(os.path.join(LUA_DIRECTORY, *parts[:-1], parts[-1] + ".lua"), "rb") as file:
            return file.read()
    except OSError:
        return None

"""
luahost's own Lua: the chunks under ``luahost/lua/``, by dotted name.

``dovecot.event`` is ``luahost/lua/dovecot/event.lua``. One function reads them all, so no Lua hides
in a Python string and every error names its file.
"""

from __future__ import annotations

import functools
import os

LUA_DIRECTORY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lua")


LONGEST_NAME = 100
"""Characters; a script can ask for chunks that there are not."""


def chunk_path(name: str) -> str:
    """
    The path under which Lua knows a chunk: ``luahost/lua/dovecot/event.lua``.
    """
    return "luahost/lua/" + name.replace(".", "/") + ".lua"


_all: dict[str, bytes] | None = None


def preload() -> None:
    """
    Read every chunk now, and no file from now on.
    """
    global _all
    found = {}
    for folder, _, files in os.walk(LUA_DIRECTORY):
        for file in files:
            path, form = os.path.splitext(os.path.relpath(os.path.join(folder, file), LUA_DIRECTORY))
            if form == ".lua":
                name = path.replace(os.sep, ".")
                source = chunk_source(name)
                if source is not None:
                    found[name] = source
    _all = found


def chunk_source(name: str) -> bytes | None:
    """
    The text of a chunk, None if there is no such chunk.
    """
    if len(name) > LONGEST_NAME:
        return None
    return _all.get(name) if _all is not None else _read(name)


@functools.lru_cache(maxsize=256)
def _read(name: str) -> bytes | None:
    parts = name.split(".")
    if not all(part.replace("_", "").isalnum() and part.isascii() for part in parts):
        return None
    try:
        with open(os.path.join(LUA_DIRECTORY, *parts[:-1], parts[-1] + ".lua"), "rb") as file:
            return file.read()
    except OSError:
        return None

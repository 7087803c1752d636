"""
luahost's own chunks as bytecode, which loads several times faster than their text.

On Lua 5.4 what stands for C functions of Dovecot's and of Lua's has no lines and no names of variables, as
those have none: they are four tenths of what a chunk takes in each Lua state. What is Lua in reality, the
modules that scripts ``require``, keeps them, for its errors name them. To have them everywhere, when
luahost's own Lua is at fault: ``LUAHOST_LUA_LINES=1``.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from luahost.runtime.chunks import chunk_path, chunk_source
from luahost.runtime.lua_words import on_one_line
from luahost.runtime.tail_calls import HEADER
from luahost.runtime.versions import new_runtime

STANDING_FOR_C = ("check", "controlled", "dovecot", "drivers", "runtime")
"""The rooms of chunks whose functions are C in reality."""

NO_SOURCE = b"\x80"
"""How a chunk that was stripped says that it comes from nowhere."""

_SOURCE_AT = len(HEADER) + 16 + 1
"""Behind two check numbers, and how many upvalues the chunk has."""


@functools.cache
def compiled(lua: str, chunk: str, *, one_line: bool = False) -> bytes:
    """
    A chunk of luahost's own as this version's bytecode. It is kept as long as the process lives: every engine
    wants the same ones.

    Raises:
        RuntimeError: There is no such chunk.
    """
    stripped = lua == "5.4" and chunk.partition(".")[0] in STANDING_FOR_C and not _lines_wanted()
    source, name = _required(chunk), b"@" + chunk_path(chunk).encode()
    bytecode: bytes = _dump(lua)(on_one_line(source) if one_line else source, name, stripped)
    return _named(bytecode, name) if stripped else bytecode


def _named(bytecode: bytes, name: bytes) -> bytes:
    """
    Bytecode of 5.4 that was stripped, with the name of its chunk again: by that luahost's own functions are
    known from a script's.
    """
    length = len(name) + 1
    if not bytecode.startswith(HEADER) or length > 0x7F or bytecode[_SOURCE_AT : _SOURCE_AT + 1] != NO_SOURCE:
        raise RuntimeError(f"the bytecode of {name.decode()} is not what Lua 5.4 makes")
    return bytecode[:_SOURCE_AT] + bytes([0x80 | length]) + name + bytecode[_SOURCE_AT + 1 :]


@functools.cache
def _dump(lua: str) -> Callable[[bytes, bytes, bool], bytes]:
    chunk = "runtime.dump"
    found: Callable[[bytes, bytes, bool], bytes] = new_runtime(lua).compile(
        _required(chunk), name=b"@" + chunk_path(chunk).encode()
    )
    return found


def _lines_wanted() -> bool:
    return bool(os.environ.get("LUAHOST_LUA_LINES"))


def _required(chunk: str) -> bytes:
    source = chunk_source(chunk)
    if source is None:
        raise RuntimeError(f"this installation of luahost lacks {chunk_path(chunk)}")
    return source

"""
Lua's own compilers: what they have against a script's text, and what they make of a chunk. Nothing runs.
"""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

from luahost import patterns
from luahost.runtime.modules import without_first_comment
from luahost.runtime.versions import DEFAULT_LUA, new_runtime

PLACE = patterns.compile(rb"script:(\d+): (.*)", re.DOTALL)
"""The form of a compiler's message about a chunk that is called ``script``."""


class Refusal(NamedTuple):
    """
    Why Lua does not load a script.

    Attributes:
        line: Where its compiler gave up, from 1.

        words: What it says, without the place.
    """

    line: int
    words: str


def refusal(source: bytes, lua: str = DEFAULT_LUA) -> Refusal | None:
    """
    Why Lua does not load a file with this text; None if it does. Bytecode is not taken for text.
    """
    try:
        answer = _load(lua)(without_first_comment(source), b"=script", b"t")
    except MemoryError:
        return Refusal(1, "not enough memory")
    if not isinstance(answer, tuple):
        return None
    # Where the compiler nests too deeply for its C stack, a traceback of luahost's call follows.
    message: bytes = answer[1].partition(b"\nstack traceback:")[0]
    found = PLACE.fullmatch(message)
    line, words = (int(found[1]), found[2]) if found else (1, message)
    return Refusal(line, " ".join(words.decode("utf-8", "replace").split()))


def compiled(source: bytes, lua: str, name: str) -> bytes:
    """
    A chunk as every Lua of this version loads it, without names of variables and numbers of lines: releases
    of a version share their virtual machine (lua.org/versions.html), and none loads what is for another.

    Args:
        source: Its text, which that Lua takes.

        lua: The version.

        name: What it is called in errors.

    Raises:
        UsageError: There is no such version, or this machine's lupa was built without it.
    """
    state = new_runtime(lua).globals()
    chunk: bytes = state[b"string"][b"dump"](state[b"load"](source, f"={name}".encode(), b"t"), True)
    return chunk


@functools.cache
def _load(lua: str) -> Any:
    return new_runtime(lua, memory_bytes=256 << 20).globals()[b"load"]

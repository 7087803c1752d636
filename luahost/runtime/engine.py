"""
Lua engines: lupa's Lua states, which sessions use one after the other.

To make one and to load luahost's own Lua into it takes longer than all that an ordinary script does. So an
engine goes back to the shelf when its session is over, with luahost's chunks compiled, and the next session
builds its own globals in it (``luahost/lua/runtime/start.lua``). What a script has made is out of reach by
then. An engine that a limit has struck, or where anything else went wrong, is not used again, nor is one
whose script could reach more than the sandbox.
"""

from __future__ import annotations

import functools
import os
import struct
import threading
from collections.abc import Callable
from typing import Any

from luahost.runtime.chunks import chunk_path, chunk_source
from luahost.runtime.lua_words import on_one_line
from luahost.runtime.versions import new_runtime

GONE = (None, b"memory_bytes", 0, 0)
"""What a host function answers when there is no session any more: as if a limit had struck."""

MOST_KEPT = 8
"""Engines that wait on the shelf, of whatever kind; those given back last. Half a megabyte each."""

MOST_BYTES = 4 * 1024 * 1024
"""An engine that holds more is let go, for its memory would stay taken; so is one without a limit."""


_TWO_NUMBERS = struct.Struct("qq")


class Engine:
    """
    A Lua state of lupa's, with luahost's Lua in it.

    Args:
        lua: A key of ``LUA_VERSIONS``.

        memory_bytes: What its sessions may hold, None for no limit.

        machine_code: Whether LuaJIT may compile to it.

        one_line: Whether each of luahost's chunks stands on one line, so that a hook that is called for each
            line is called for few of luahost's.

    Attributes:
        runtime: lupa's object.
    """

    def __init__(self, lua: str, memory_bytes: int | None, *, machine_code: bool, one_line: bool) -> None:
        self.kind = lua, memory_bytes, machine_code, one_line
        self.runtime = new_runtime(lua, memory_bytes, machine_code=machine_code)
        self._answer: Callable[..., Any] | None = None
        start = self.runtime.compile(compiled(lua, "runtime.start", one_line=one_line))
        boot = self.runtime.compile(compiled(lua, "runtime.boot", one_line=one_line))
        self._begin = start(self._ask, boot)

    def begin(self, answer: Callable[..., Any], *, trusted: bool) -> Any:
        """
        Begin a session.

        Args:
            answer: Gets what Lua asks Python: the number of a host function and its arguments.

            trusted: Whether the script gets the libraries that it has in Dovecot.

        Returns:
            What ``boot.lua`` answers.
        """
        self._answer = answer
        return self._begin(trusted, *_TWO_NUMBERS.unpack(os.urandom(_TWO_NUMBERS.size)))

    def end(self) -> None:
        """
        The session is over; nobody answers any more.
        """
        self._answer = None

    def _ask(self, number: int, *arguments: Any) -> Any:
        answer = self._answer
        return GONE if answer is None else answer(number, *arguments)


_shelf: list[Engine] = []
_lock = threading.Lock()


def take(lua: str, memory_bytes: int | None, *, machine_code: bool, one_line: bool = False) -> Engine:
    """
    An engine of this kind, from the shelf or new.

    Raises:
        UsageError: There is no such Lua.
    """
    kind = lua, memory_bytes, machine_code, one_line
    with _lock:
        for place in range(len(_shelf) - 1, -1, -1):
            if _shelf[place].kind == kind:
                return _shelf.pop(place)
    return Engine(lua, memory_bytes, machine_code=machine_code, one_line=one_line)


def give_back(engine: Engine) -> None:
    """
    Put an engine, whose session is over, on the shelf.
    """
    engine.end()
    # Nothing is known of one without a limit.
    held = engine.runtime.get_memory_used()
    if held is None or held >= MOST_BYTES:
        return
    with _lock:
        _shelf.append(engine)
        del _shelf[:-MOST_KEPT]


@functools.cache
def compiled(lua: str, chunk: str, *, one_line: bool = False) -> bytes:
    """
    A chunk of luahost's own as this version's bytecode, which loads several times faster than its text. It is
    kept as long as the process lives: every engine wants the same ones.
    """
    dump = new_runtime(lua).compile(
        _required("runtime.dump"), name=b"@" + chunk_path("runtime.dump").encode()
    )
    source = on_one_line(_required(chunk)) if one_line else _required(chunk)
    bytecode: bytes = dump(source, b"@" + chunk_path(chunk).encode())
    return bytecode


def _required(chunk: str) -> bytes:
    source = chunk_source(chunk)
    if source is None:
        raise RuntimeError(f"this installation of luahost lacks {chunk_path(chunk)}")
    return source

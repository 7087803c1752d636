"""
Lua engines: lupa's Lua states, which sessions use one after the other.

To make one and to load luahost's own Lua into it takes longer than all that an ordinary script does. So an
engine goes back to the shelf when its session is over, with luahost's chunks as they ran once and with the
functions of the scripts' files, and the next session makes its own globals in it
(``luahost/lua/runtime/boot.lua``). What a script has made is out of reach by then. An engine that a limit has
struck, or where anything else went wrong, is not used again, nor is one whose script could reach more than
the sandbox.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from luahost.runtime.bytecode import compiled
from luahost.runtime.chunks import chunk_path, chunk_source
from luahost.runtime.versions import new_runtime

GONE = (None, b"memory_bytes", 0, 0)
"""What a host function answers when there is no session any more: as if a limit had struck."""

MOST_KEPT = 8
"""Engines that wait on the shelf, unless a process wants more; of whatever kind, those given back last."""

MOST_BYTES = 4 * 1024 * 1024
"""An engine that holds more is let go, for its memory would stay taken; so is one without a limit."""

Allowed = tuple[int | None, int | None, float | None]
"""Instructions for a call, for a transaction, and seconds of the processor not to ask for the time."""

_TWO_NUMBERS = struct.Struct("qq")


class Kind(NamedTuple):
    """
    What sessions have to agree in to use one engine.

    Attributes:
        lua: A key of ``LUA_VERSIONS``.

        memory_bytes: What a session may hold, None for no limit.

        machine_code: Whether LuaJIT may compile to it.

        trusted: Whether scripts get the libraries that they have in Dovecot.

        one_line: Whether each of luahost's chunks stands on one line, so that a hook that is called for each
            line is called for few of luahost's.

        variant: What luahost's chunks ask their host halves when they are loaded is the same for all sessions
            with the same variant.
    """

    lua: str
    memory_bytes: int | None
    machine_code: bool
    trusted: bool
    one_line: bool
    variant: str


class Engine:
    """
    A Lua state of lupa's, with luahost's Lua in it.

    Attributes:
        kind: Who can use it.

        runtime: lupa's object.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.runtime = new_runtime(kind.lua, kind.memory_bytes, machine_code=kind.machine_code)
        self._functions: dict[tuple[str | None, str], Any] = {}
        self._named: list[tuple[str, str]] = []
        self._answer: Callable[..., Any] | None = self._alone
        boot = self.runtime.compile(compiled(kind.lua, "runtime.boot", one_line=kind.one_line))
        self._begin, self._find = boot(self._ask, kind.trusted)
        self._answer = None

    def begin(
        self, answer: Callable[..., Any], path: bytes, allowed: Allowed, given: Sequence[bytes] = ()
    ) -> None:
        """
        Begin a session.

        Args:
            answer: Gets what Lua asks Python: a number and arguments. Numbers are those of
                :meth:`own_functions` and, after them, of host functions; see :meth:`named`.

            path: Where ``require`` looks, in Lua's form.

            allowed: What the guard allows the script.

            given: Global variables that the script gets, each with the chunk that makes one for a session.
        """
        self._answer = answer
        self._begin(path, *allowed, *_TWO_NUMBERS.unpack(os.urandom(_TWO_NUMBERS.size)), *given)

    def end(self) -> None:
        """
        The session is over; nobody answers any more.
        """
        self._answer = None

    def function(self, chunk: str | None, name: str) -> Any:
        """
        A function of a luahost chunk, of boot.lua if None; None if there is no such function.

        Whoever holds one of a chunk that runs for one session alone keeps all of that session in Lua.
        """
        found = self._functions.get((chunk, name))
        if found is None:
            found, lasts = self._find(chunk.encode() if chunk else None, name.encode())
            if lasts and found is not None:
                self._functions[chunk, name] = found
        return found

    def own_functions(self) -> tuple[Callable[..., Any], ...]:
        """
        What boot.lua asks for by the first numbers: the bytecode and path of a chunk, None if there is no
        such chunk; the number of a host function.
        """
        return self._read_chunk, self._number

    def named(self, number: int) -> tuple[str, str]:
        """
        Chunk and name of the host function of this number.
        """
        return self._named[number - len(self.own_functions())]

    def _ask(self, number: int, *arguments: Any) -> Any:
        answer = self._answer
        return GONE if answer is None else answer(number, *arguments)

    def _alone(self, number: int, *wanted: Any) -> tuple[Any, ...]:
        """
        What Lua asks before there is a session.
        """
        found = self.own_functions()[number](*wanted)
        return (True, *found) if isinstance(found, tuple) else (True, found)

    def _read_chunk(self, name: bytes) -> tuple[bytes, bytes] | None:
        chunk = name.decode("utf-8", "replace")
        if chunk_source(chunk) is None:
            return None
        bytecode = compiled(self.kind.lua, chunk, one_line=self.kind.one_line)
        return bytecode, chunk_path(chunk).encode()

    def _number(self, chunk: bytes, name: bytes) -> int:
        self._named.append((chunk.decode(), name.decode()))
        return len(self.own_functions()) + len(self._named) - 1


class Shelf:
    """
    Engines that wait for a session. Threads share it.

    Attributes:
        most: How many may wait; each takes some half a megabyte.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._engines: list[Engine] = []
        self._lock = threading.Lock()

    def take(self, kind: Kind) -> Engine:
        """
        An engine of this kind, one that waits or a new one.

        Raises:
            UsageError: There is no such Lua.
        """
        with self._lock:
            for place in range(len(self._engines) - 1, -1, -1):
                if self._engines[place].kind == kind:
                    return self._engines.pop(place)
        return Engine(kind)

    def give_back(self, engine: Engine) -> None:
        """
        Put an engine here, whose session is over. Those that have waited longest go when there are too many.
        """
        engine.end()
        # Nothing is known of one without a limit.
        held = engine.runtime.get_memory_used()
        if held is None or held >= MOST_BYTES:
            return
        with self._lock:
            self._engines.append(engine)
            del self._engines[: -self.most]


SHELF = Shelf(MOST_KEPT)
"""The one of this process."""

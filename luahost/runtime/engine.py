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

import functools
import os
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from luahost.runtime.bytecode import compiled
from luahost.runtime.chunks import chunk_source
from luahost.runtime.versions import lua_error, new_runtime

GONE = (None, b"memory_bytes", 0, 0)
"""What a host function answers when there is no session any more: as if a limit had struck."""

MOST_KEPT = 8
"""Engines that wait on the shelf, unless a process wants more; of whatever kind, those given back last."""

MOST_BYTES = 4 * 1024 * 1024
"""An engine that holds more is let go, for its memory would stay taken; so is one without a limit."""

Allowed = tuple[int | None, int | None, float | None]
"""Instructions for a call, for a transaction, and seconds of the processor not to ask for the time."""

Key = tuple[str | None, str]
"""A function of Lua's: its chunk, None for boot.lua, and its name."""

_TWO_NUMBERS = struct.Struct("qq")

READ_CHUNK, NUMBER = 0, 1
"""
What boot.lua asks for by these numbers: a chunk's function; the number of a host function, of this chunk and
name.
"""

FIRST_NUMBER = 2
"""Of host functions."""

ROOM_BYTES = 64 * 1024
"""Memory that has to be left when a session gets a chunk, besides what that takes."""


_AT_HAND: defaultdict[tuple[str, bool], dict[bytes, bytes]] = defaultdict(dict)
# Bytecode by the name of its chunk, by Lua version and whether chunks stand on one line.


@functools.cache
def _name(chunk: bytes, name: bytes) -> tuple[str, str]:
    """
    The name of a host function, once for all engines; only luahost's own Lua asks for one.
    """
    return chunk.decode(), name.decode()


def _gone(*wanted: Any) -> tuple[Any, ...]:
    return GONE


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
        self._lua_error = lua_error(kind.lua)
        self._functions: dict[Key, Any] = {}
        self._named: list[tuple[str, str]] = []
        self._at_hand = _AT_HAND[kind.lua, kind.one_line]
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
            answer: Gets what Lua asks Python: the number of a host function, see :meth:`named`, and its
                arguments; or ``READ_CHUNK`` and a name, for a chunk that is not at hand.

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

    def named(self, number: int) -> tuple[str, str]:
        """
        Chunk and name of the host function of this number.
        """
        return self._named[number - FIRST_NUMBER]

    def read_chunk(self, name: bytes) -> bytes | None:
        """
        The bytecode of a chunk, None if there is no such chunk; at hand from then on.
        """
        chunk = name.decode("utf-8", "replace")
        if chunk_source(chunk) is None:
            return None
        found = self._at_hand[name] = compiled(self.kind.lua, chunk, one_line=self.kind.one_line)
        return found

    def _ask(self, number: int, *arguments: Any) -> Any:
        answer = self._answer or _gone
        if number == READ_CHUNK:
            bytecode = self._at_hand.get(arguments[0])
            if bytecode is None or self._lacks_room(bytecode):
                found = answer(number, *arguments)
                bytecode = found[1]
                if not found[0] or bytecode is None:
                    return found
            return self._loaded(bytecode)
        if number == NUMBER:
            self._named.append(_name(*arguments))
            return FIRST_NUMBER + len(self._named) - 1
        return answer(number, *arguments)

    def _loaded(self, bytecode: bytes) -> tuple[Any, ...]:
        # Not in Lua, where all bytecode would become garbage. No exception may come into Lua.
        try:
            return True, self.runtime.compile(bytecode)
        except (self._lua_error, MemoryError):
            return GONE

    def _alone(self, number: int, name: bytes) -> tuple[Any, ...]:
        """
        What Lua asks before there is a session, which is for chunks.
        """
        return True, self.read_chunk(name)

    def _lacks_room(self, bytecode: bytes) -> bool:
        """
        Whether so little memory is left that whoever answers has to see whether this can be loaded, which
        takes twice its length.
        """
        allowed = self.kind.memory_bytes
        if allowed is None:
            return False
        return bool(self.runtime.get_memory_used() + 2 * len(bytecode) + ROOM_BYTES >= allowed)


class Shelf:
    """
    Engines that wait for a session. Threads share it.

    Attributes:
        most: How many may wait; each takes some third of a megabyte.
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

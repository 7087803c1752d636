"""
A worker: one Lua state with one script, in a process that can do nothing else.

It is forked from the zygote, makes its state, locks itself down and then enters what the host asks for.
Whatever Lua wants of the world (a mailbox, a log line, a module, HTTP) it asks the host for, over the one
descriptor that it has. Files, clocks and network stay with the host; its side is ``worker_state.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from luahost.dataclass import dataclass, fields
from luahost.errors import ScriptLimitError, UsageError
from luahost.runtime import lockdown
from luahost.runtime.answers import text
from luahost.runtime.channel import ANSWER, ASK, DONE, ENTER, FAILED, FOUND, LIMIT, LOOK, READY, WorkerEnd
from luahost.runtime.codec import FrameError
from luahost.runtime.host_halves import HostFunction, LuaFault, Plain
from luahost.runtime.limits import Limits
from luahost.runtime.meter import LimitReached, Meter
from luahost.runtime.state import LuaState, ScriptPolicy

HERE = ("runtime.guard", "runtime.scripts")
"""
The chunks whose host functions are here: they count what Lua uses, and know bytecode.
"""

PATIENCE_SECONDS = 0.001
"""
How often a running script asks for the time: often, for its host kills it soon after its time is over, and
then nobody knows where in the script it was.
"""


@dataclass(frozen=True, slots=True)
class Order:
    """
    What kind of worker is wanted.

    Attributes:
        lua: The Lua version.

        limits: What the script may use.
    """

    lua: str
    limits: Limits

    def values(self) -> list[Plain]:
        """
        The order as it crosses.
        """
        return [self.lua.encode(), *(getattr(self.limits, each.name) for each in fields(Limits))]

    @staticmethod
    def of(values: Sequence[Any]) -> Order:
        """
        The order that crossed so.
        """
        names = [each.name for each in fields(Limits)]
        return Order(values[0].decode(), Limits(**dict(zip(names, values[1:], strict=True))))


class Turn(Meter):
    """
    The time of one entry: the host, which counts it, says how much is left.
    """

    _limit: str | None = None

    def begin_turn(self, limit: bytes | None, spent: float, allowed: float) -> None:
        """
        So much of this limit, the one that will be reached first, is spent; None if there is no limit.
        """
        self._limit = None if limit is None else limit.decode()
        self._ends, self._allowed = self._clock() + allowed - spent, allowed

    def check_time(self) -> None:
        """
        Whether there is time left.

        Raises:
            LimitReached: There is none.
        """
        if self._limit is not None and self._clock() >= self._ends:
            raise LimitReached(self._limit, self._allowed + self._clock() - self._ends, self._allowed)


class ServedState(LuaState):
    """
    A state whose every host function is elsewhere.

    Args:
        ask: Asks the host for a function (chunk, name, arguments…); its results, or what it raises.
    """

    patience_seconds = PATIENCE_SECONDS
    machine_code = False

    def __init__(self, order: Order, ask: Callable[..., tuple[Plain, ...]]) -> None:
        self._ask = ask
        self.turn = Turn(order.limits)
        super().__init__(order.lua, limits=order.limits)

    def _start(self, policy: ScriptPolicy) -> None:
        self.meter = self.turn
        super()._start(policy)

    def _of_host(self, chunk: str, name: str) -> HostFunction:
        head = chunk.encode(), name.encode()
        return lambda *arguments: self._ask(*head, *arguments)

    def _host_function(self, chunk: str, name: str) -> HostFunction:
        return super()._host_function(chunk, name) if chunk in HERE else self._of_host(chunk, name)

    def _search_path(self) -> bytes:
        # Whose script it will be is not known yet; the host tells when it is.
        return b""


def limit_values(error: ScriptLimitError) -> list[Plain]:
    """
    An error about a limit as it crosses.
    """
    texts = (error.limit, error.message, error.file, error.traceback)
    coded = [None if each is None else each.encode("utf-8", "surrogateescape") for each in texts]
    return [*coded, error.line, error.spent, error.allowed]


class Worker:
    """
    Enters what the host asks for, until the host is gone.

    The zygote makes one of each kind, with its Lua state, and forks them; only a fork serves.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self._end: WorkerEnd
        self._entries: list[Callable[..., Any]] = []
        self._state = ServedState(order, self._ask)

    def serve(self, end: WorkerEnd) -> None:
        """
        Do as the host at the other end says.
        """
        self._end = end
        self._until_answered()

    def _ask(self, *wanted: Plain) -> tuple[Plain, ...]:
        try:
            self._end.send(ASK, wanted)
        except FrameError as error:
            raise LuaFault(f"luahost: too much to hand over: {error}") from None
        good, *results = self._until_answered()
        if good:
            return tuple(results)
        if good is None:
            raise LimitReached(results[0].decode(), *results[1:])
        raise LuaFault(text(results[0]))

    def _until_answered(self) -> list[Any]:
        while True:
            kind, values = self._end.receive()
            if kind == ENTER:
                self._state.turn.begin_turn(*values[1:4])
                self._enter(self._entries[values[0]], values[4:])
            elif kind == LOOK:
                self._look(*values)
            elif kind == ANSWER:
                return values

    def _look(self, chunk: bytes | None, name: bytes) -> None:
        try:
            entry = self._state.entry(chunk.decode() if chunk else None, name.decode())
        except RuntimeError:
            self._end.send(FOUND, (None,))
            return
        self._entries.append(entry)
        self._end.send(FOUND, (len(self._entries) - 1,))

    def _enter(self, entry: Callable[..., Any], arguments: list[Any]) -> None:
        try:
            result = entry(*arguments)
            self._end.send(DONE, result if isinstance(result, tuple) else (result,))
        except ScriptLimitError as error:
            self._end.send(LIMIT, limit_values(error))
        except Exception as error:  # noqa: BLE001  the host has to hear of it, whatever it is
            self._end.send(FAILED, (words(error),))


def words(error: Exception) -> bytes:
    """
    An error of luahost's as it crosses.
    """
    kind = "" if isinstance(error, UsageError) else f"{type(error).__name__}: "
    return f"{kind}{error}".encode("utf-8", "replace")


def main(worker: Worker, descriptor: int, host: int) -> None:
    """
    Be a worker, in a fork of the zygote.

    Args:
        worker: What the zygote has made ready.

        descriptor: Its end of the socket.

        host: The process that it was forked from, with which it ends.
    """
    lockdown.keep_only(descriptor)
    end = WorkerEnd(lockdown.CHANNEL)
    try:
        report = lockdown.lock(host, worker.order.limits.memory_bytes)
    except Exception as error:  # noqa: BLE001  the host has to hear of it, whatever it is
        end.send(FAILED, (words(error),))
        os._exit(1)
    end.send(READY, (os.getpid(), *report.values()))
    worker.serve(end)

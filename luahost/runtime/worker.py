"""
A worker: one Lua state with one script, in a process that can do nothing else.

It is forked from the zygote, makes its state, locks itself down and then enters what the host asks for.
Whatever Lua wants of the world (a mailbox, a log line, a module, HTTP) it asks the host for, over the one
descriptor that it has. Files, clocks and network stay with the host; its side is ``worker_state.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from luahost.runtime import lockdown
from luahost.runtime.channel import ANSWER, ASK, DONE, ENTER, FAILED, FOUND, LOOK, READY, WorkerEnd
from luahost.runtime.codec import FrameError
from luahost.runtime.state import HostFunction, LuaFault, LuaState, Plain

BOOT = "runtime.boot"
"""The chunk whose host functions are the state's own: ``find_module``, ``getenv``, ``print``."""


@dataclass(frozen=True, slots=True)
class Order:
    """
    What kind of worker is wanted.
    """

    lua: str

    def values(self) -> list[Plain]:
        """
        The order as it crosses.
        """
        return [self.lua.encode()]

    @staticmethod
    def of(values: Sequence[Any]) -> Order:
        """
        The order that crossed so.
        """
        return Order(values[0].decode())


class ServedState(LuaState):
    """
    A state whose every host function is elsewhere.

    Args:
        ask: Asks the host for a function (chunk, name, arguments…); its results, or :class:`LuaFault`.
    """

    def __init__(self, order: Order, ask: Callable[..., tuple[Plain, ...]]) -> None:
        self._ask = ask
        super().__init__(order.lua, printed=self._of_host(BOOT, "print"))

    def _of_host(self, chunk: str, name: str) -> HostFunction:
        head = chunk.encode(), name.encode()
        return lambda *arguments: self._ask(*head, *arguments)

    def _host_function(self, chunk: bytes, name: bytes) -> HostFunction:
        return self._guarded(self._of_host(chunk.decode(), name.decode()))

    def _search_path(self) -> bytes:
        # Whose script it will be is not known yet; the host tells when it is.
        return b""

    def _find_module(self, name: bytes) -> tuple[Any, ...]:
        return self._ask(BOOT.encode(), b"find_module", name)

    def _getenv(self, name: bytes) -> Any:
        return self._ask(BOOT.encode(), b"getenv", name)


class Worker:
    """
    Enters what the host asks for, until the host is gone.
    """

    def __init__(self, end: WorkerEnd, order: Order) -> None:
        self._end = end
        self._entries: list[Callable[..., Any]] = []
        self._state = ServedState(order, self._ask)

    def serve(self) -> None:
        """
        Do as the host says.
        """
        self._until_answered()

    def _ask(self, *wanted: Plain) -> tuple[Plain, ...]:
        try:
            self._end.send(ASK, wanted)
        except FrameError as error:
            raise LuaFault(f"luahost: too much to hand over: {error}") from None
        good, *results = self._until_answered()
        if not good:
            raise LuaFault(results[0].decode("utf-8", "surrogateescape"))
        return tuple(results)

    def _until_answered(self) -> list[Any]:
        while True:
            kind, values = self._end.receive()
            if kind == ENTER:
                self._enter(self._entries[values[0]], values[1:])
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
        except Exception as error:  # noqa: BLE001  the host has to hear of it, whatever it is
            self._end.send(FAILED, (f"{type(error).__name__}: {error}".encode("utf-8", "replace"),))


def main(descriptor: int, host: int, values: Sequence[Any]) -> None:
    """
    Be a worker.

    Args:
        descriptor: Its end of the socket.

        host: The process that it was forked from, with which it ends.

        values: The :class:`Order`.
    """
    lockdown.keep_only(descriptor)
    end = WorkerEnd(lockdown.CHANNEL)
    try:
        order = Order.of(values)
        # Lua asks for the time zone, which is read from a file once.
        time.tzset()
        worker = Worker(end, order)
        report = lockdown.lock(host)
    except Exception as error:  # noqa: BLE001  the host has to hear of it, whatever it is
        end.send(FAILED, (f"{type(error).__name__}: {error}".encode("utf-8", "replace"),))
        os._exit(1)
    end.send(READY, (os.getpid(), *report.values()))
    worker.serve()

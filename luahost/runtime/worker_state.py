"""
A Lua state in a worker process, with the face of one in this process.

What a script asks of the world is done here, by the same host functions, and what it costs is counted
here. The worker may be in the hands of an attacker: what it sends is checked, what it asks for is
limited by what scripts can ask for, and when its time is over it is killed.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from luahost.runtime.channel import ANSWER, ASK, DONE, ENTER, FAILED, FOUND, LOOK
from luahost.runtime.codec import FrameError
from luahost.runtime.lockdown import LockdownReport
from luahost.runtime.state import LuaState, Plain, ScriptPolicy
from luahost.runtime.worker import BOOT, Order
from luahost.runtime.workers import WORKERS


class WorkerState(LuaState):
    """
    A fresh Lua state in a process of its own, which is locked down and can be killed.

    The arguments are those of :class:`LuaState`.
    """

    def _start(self, policy: ScriptPolicy) -> None:
        self._entries: dict[tuple[str | None, str], Callable[..., Any]] = {}
        self._worker = WORKERS.take(Order(lua=self.lua))
        self._kill = weakref.finalize(self, self._worker.kill)
        self.register(
            BOOT, {"find_module": self._find_module, "getenv": self._getenv, "print": self._printed}
        )
        self.entry(None, "search_path")(self._search_path())

    @property
    def lockdown(self) -> LockdownReport:
        """
        What the worker's lock-down came to.
        """
        return self._worker.report

    def close(self) -> None:
        """
        End the worker.
        """
        self._kill()

    def entry(self, chunk: str | None, name: str) -> Callable[..., Any]:
        """
        A function of a luahost chunk; see :meth:`LuaState.entry`.
        """
        if (chunk, name) not in self._entries:
            self._entries[chunk, name] = self._looked_up(chunk, name)
        return self._entries[chunk, name]

    def _looked_up(self, chunk: str | None, name: str) -> Callable[..., Any]:
        (handle,) = self._exchanged(LOOK, (chunk.encode() if chunk else None, name.encode()), FOUND)
        if handle is None:
            raise RuntimeError(f"{chunk or 'runtime.boot'} has no function {name}")

        def call(*arguments: Plain) -> Any:
            results = self._exchanged(ENTER, (handle, *arguments), DONE)
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
            return results[0] if len(results) == 1 else tuple(results)

        return call

    def _exchanged(self, kind: int, values: Sequence[Plain], wanted: int) -> list[Any]:
        """
        Send a frame, answer what the worker asks for meanwhile, and give what it sends in the end.
        """
        end = self._worker.end
        try:
            end.send(kind, values)
            while True:
                kind, answer = end.receive()
                if kind == wanted:
                    return answer
                if kind == ASK:
                    end.send(ANSWER, self._answer(answer))
                elif kind == FAILED:
                    raise RuntimeError(str(answer[0], "utf-8", "replace"))
                else:
                    raise FrameError("a frame out of turn")
        except BaseException:
            self._kill()
            raise

    def _answer(self, wanted: list[Any]) -> tuple[Any, ...]:
        """
        What the host function comes to that the worker asks for: whether it went well, and its results.
        """
        try:
            chunk, name = wanted[0].decode(), wanted[1].decode()
            function = self._functions[chunk][name]
        except (LookupError, AttributeError, UnicodeDecodeError):
            raise FrameError("a host function that there is not") from None
        return self._guarded(function)(*wanted[2:])

"""
A Lua state in a worker process, with the face of one in this process.

What a script asks of the world is done here, by the same host functions, and time, output and HTTP are
counted here; instructions and memory are counted in the worker. The worker may be in the hands of an
attacker: what it sends is checked, it gets no other functions than a script gets, and when its time is
over it is killed.
"""

from __future__ import annotations

import os
import signal
import struct
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from luahost import dataclass as dataclasses
from luahost.errors import ScriptCrashError, ScriptLimitError
from luahost.runtime.answers import text
from luahost.runtime.channel import ANSWER, ASK, DONE, ENTER, FAILED, FOUND, LIMIT, LOOK
from luahost.runtime.codec import FrameError
from luahost.runtime.guard import Guard
from luahost.runtime.host_halves import Plain
from luahost.runtime.limits import Limits, limit_error
from luahost.runtime.lockdown import LockdownReport
from luahost.runtime.state import LuaState, ScriptPolicy
from luahost.runtime.versions import DEFAULT_LUA, LUA_VERSIONS, no_lua
from luahost.runtime.worker import Order
from luahost.runtime.workers import WORKERS

GRACE_SECONDS = 0.003
"""
How long after its deadline a script is killed. Until then Lua's own hook may stop it, and say where it was.
"""

LOOK_SECONDS = 5.0
"""How long a worker may look for a function of luahost's own, where no script runs."""

IMPOSSIBLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError)
"""
What a host function raises at arguments that its Lua half would not have let through.
"""

NO_ROOM = (False, b"not enough memory")

NAMES = frozenset(each.name for each in dataclasses.fields(Limits))


class WorkerState(LuaState):
    """
    A fresh Lua state in a process of its own, which is locked down and can be killed.

    The arguments are those of :class:`LuaState`; the policy ``dovecot`` needs what a worker has not.

    Attributes:
        workers: Where its worker comes from.
    """

    workers = WORKERS

    # The worker is killed when the time of what it was entered for is over.
    batches = False

    def _start(self, policy: ScriptPolicy) -> None:
        if policy == "dovecot":
            raise ValueError("a worker has no files")
        if self.lua not in LUA_VERSIONS:
            raise no_lua(self.lua)
        self._guard = Guard(self.meter, None)
        self._worker = self.workers.take(Order(self.lua, self.meter.limits))
        self._kill = weakref.finalize(self, self._worker.kill)

    def _begin(self) -> None:
        # In the worker a session has begun for whoever comes, with these limits.
        with self.meter.pausing():
            # Without a seed of their own, forks of one state would draw the same random numbers.
            seed = struct.unpack("qq", os.urandom(16))
            self.entry(None, "adopt")(self._search_path(), *seed, *self._globals)

    @property
    def process(self) -> int:
        """
        The number of the worker process.
        """
        return self._worker.process

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

    def _entry(self, chunk: str | None, name: str) -> Callable[..., Any]:
        wanted = chunk.encode() if chunk else None, name.encode()
        (handle,) = self._exchanged(LOOK, wanted, FOUND, LOOK_SECONDS)
        if handle is None:
            raise RuntimeError(f"{chunk or 'runtime.boot'} has no function {name}")

        def call(*arguments: Plain, size: int | None = None) -> Any:
            self._guard.check(())
            self.meter.begin_call()
            try:
                left = self.meter.nearest_time() or (None, 0.0, 0.0)
                limit = None if left[0] is None else left[0].encode()
                seconds = None if limit is None else max(left[2] - left[1], 0) + GRACE_SECONDS
                results = self._exchanged(ENTER, (handle, limit, *left[1:], *arguments), DONE, seconds)
            finally:
                self.meter.end_call()
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
            return results[0] if len(results) == 1 else tuple(results)

        return call

    def _exchanged(self, kind: int, values: Sequence[Plain], wanted: int, seconds: float | None) -> list[Any]:
        """
        Send a frame, answer what the worker asks for meanwhile, and give what it sends in the end, after so
        many seconds at most.

        Raises:
            ScriptLimitError: The script was stopped, and its worker is dead.
        """
        end = self._worker.end
        before = end.deadline
        end.deadline = None if seconds is None else time.monotonic() + seconds
        try:
            end.send(kind, values)
            while True:
                kind, answer = end.receive()
                if kind == wanted:
                    end.deadline = before
                    return answer
                self._attended(kind, answer)
        except BaseException as problem:
            self._kill()
            self._guard.error = self._guard.error or self._error(problem)
            if isinstance(problem, TimeoutError | EOFError | OSError | FrameError):
                raise self._guard.error from problem
            raise

    def _attended(self, kind: int, values: list[Any]) -> None:
        """
        Do what a frame asks for that is not the end of the exchange.
        """
        if kind == ASK:
            answer = self._answer(values)
            # The script may have been stopped meanwhile, in a call within this one.
            self._guard.check(())
            try:
                self._worker.end.send(ANSWER, answer)
            except FrameError:
                self._worker.end.send(ANSWER, NO_ROOM)
        elif kind == LIMIT:
            raise _limit(values)
        elif kind == FAILED and values and isinstance(values[0], bytes):
            raise ScriptCrashError(f"luahost failed in the script's process: {text(values[0])}")
        else:
            raise FrameError("a frame out of turn")

    def _answer(self, wanted: list[Any]) -> tuple[Any, ...]:
        """
        What the host function comes to that the worker asks for: whether it went well, and its results.
        """
        if len(wanted) < 2 or not (isinstance(wanted[0], bytes) and isinstance(wanted[1], bytes)):
            raise FrameError("it asked for a function without a name")
        chunk, name = wanted[0].decode("utf-8", "replace"), wanted[1].decode("utf-8", "replace")
        function = self._halves.function(chunk, name)
        if function is None:
            raise FrameError(f"it asked for {chunk[:80]}.{name[:80]}, which there is not")
        answer: tuple[Any, ...] = self._outcome(function, wanted[2:])
        if isinstance(self._fault, IMPOSSIBLE):
            fault, self._fault = self._fault, None
            raise FrameError(f"it asked for {chunk}.{name} as no script can: {fault!r}") from fault
        return answer

    def _error(self, problem: BaseException) -> ScriptLimitError:
        """
        Why the script is stopped.
        """
        if isinstance(problem, ScriptLimitError):
            return problem
        if isinstance(problem, TimeoutError):
            nearest = self.meter.nearest_time()
            if nearest is not None and nearest[1] >= nearest[2]:
                return limit_error(*nearest)
            return ScriptCrashError("luahost ended the script's process, for it did not answer")
        if isinstance(problem, FrameError):
            return ScriptCrashError(f"luahost ended the script's process: {problem}")
        if isinstance(problem, EOFError | OSError):
            return ScriptCrashError(f"the script's process died ({_cause(self._worker.death())})")
        return ScriptCrashError("luahost ended the script's process, for it was interrupted")


def lockdown_report(lua: str = DEFAULT_LUA) -> LockdownReport:
    """
    What isolation comes to on this system; its ``missing`` is for the operator to know.

    Raises:
        UsageError: There is none on this system.

        WorkerStartError: No process could be started.
    """
    return WORKERS.report(Order(lua, Limits()))


def _limit(values: list[Any]) -> ScriptLimitError:
    """
    The error about a limit that crossed so.

    Raises:
        FrameError: It is none.
    """
    kinds = (bytes, bytes, bytes | None, bytes | None, int | None, int | float, int | float)
    if len(values) != len(kinds) or not all(map(isinstance, values, kinds)):
        raise FrameError("an error that is none")
    limit, message, file, traceback = (None if each is None else text(each) for each in values[:4])
    if limit not in NAMES:
        raise FrameError("an error about a limit that there is not")
    line, spent, allowed = values[4:]
    return ScriptLimitError(
        message or "", limit=limit, spent=spent, allowed=allowed, file=file, line=line, traceback=traceback
    )


def _cause(status: int) -> str:
    """
    An exit status in words.
    """
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"

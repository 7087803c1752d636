"""
One worker process, as the server has it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import socket
import threading
import time

from luahost.errors import UsageError
from luahost.runtime.channel import FAILED, READY, HostEnd
from luahost.runtime.codec import FrameError
from luahost.runtime.lockdown import LockdownReport
from luahost.runtime.zygote_process import START_SECONDS, ZygoteProcess
from luahost.server.worker.zygote import WorkerOrder
from luahost.server.workers.line import Flight, Line
from luahost.server.workers.setup import Setup


class WorkerDiedError(Exception):
    """
    The worker is gone.

    Attributes:
        process: Its number.

        alone: Whether nobody else's transaction ran in it, who may have been the one to kill it.

        fault: What it did that it was killed for, None if it died by itself.
    """

    def __init__(self, process: int, *, alone: bool, fault: str | None = None) -> None:
        super().__init__(process)
        self.process = process
        self.alone = alone
        self.fault = fault


class WorkerProcess:
    """
    A worker that runs.

    Args:
        zygote: What forks it.

        order: What kind of worker it is.

    Attributes:
        sessions: What is known of its sessions, by number.

        numbers: The next session's number.

        report: What its lock-down came to.

    Raises:
        UsageError: There can be none on this system.

        OSError: The zygote is gone; ``EOFError`` and ``FrameError`` as well.
    """

    def __init__(self, zygote: ZygoteProcess, order: WorkerOrder) -> None:
        self.sessions: dict[int, Setup] = {}
        self.numbers = itertools.count(1)
        self._zygote = zygote
        self._lock = threading.Lock()
        self._flights = 0
        self._crowd: int | None = None
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                zygote.fork(order.values(), [theirs])
            self.process, self.report = _ready(ours)
            # A handle that no other process can come to stand behind.
            self._handle: int | None = os.pidfd_open(self.process)
        except BaseException:
            ours.close()
            raise
        self._line = Line(ours)

    @property
    def alive(self) -> bool:
        """
        Whether nobody has found it dead.
        """
        return self._crowd is None

    def lives(self) -> bool:
        """
        Whether its process is still there. While somebody flies the line says so by itself; one that has
        ended since then is let go of here.
        """
        handle = self._handle
        if handle is None:
            return False
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        if not ended.poll(0):
            return True
        self.end()
        return False

    @property
    def flights(self) -> int:
        """
        How many transactions run in it.
        """
        return self._flights

    def flight(self) -> Flying:
        """
        A transaction runs in it, for a ``with`` that gives its :class:`Flight`.

        Raises:
            WorkerDiedError: In the block the worker was found dead, was silent for too long, or said
                something that it should not; it is killed.
        """
        return Flying(self)

    def begin(self) -> Flight:
        """
        One more flies; what begins ends with :meth:`over`.
        """
        with self._lock:
            if self._crowd is not None:
                raise WorkerDiedError(self.process, alone=False)
            self._flights += 1
        return self._line.open()

    def over(self, flight: Flight) -> None:
        """
        One less flies.
        """
        self._line.end(flight)
        with self._lock:
            self._flights -= 1
            last_of_dead = self._crowd is not None and not self._flights
        if last_of_dead:
            self._line.close()

    def died_of(self, problem: BaseException) -> WorkerDiedError | None:
        """
        What a flight is told that has ended so; the worker is killed whatever it is.

        Returns:
            None if it has nothing to do with the worker.
        """
        if isinstance(problem, TimeoutError):
            return self._died("it was silent for too long")
        if isinstance(problem, FrameError):
            return self._died(f"it sent {problem}")
        if isinstance(problem, EOFError | OSError):
            return self._died(None)
        # Nobody knows what it waits for.
        self.kill()
        return None

    def _died(self, fault: str | None) -> WorkerDiedError:
        """
        It is no more; whose fault that is is known if nobody else flew.
        """
        return WorkerDiedError(self.process, alone=self.kill() == 1, fault=fault)

    def kill(self) -> int:
        """
        End it, if it has not ended by itself; how many transactions ran in it then.
        """
        with self._lock:
            if self._crowd is None:
                self._crowd = self._flights
                handle, self._handle = self._handle, None
                if handle is not None:
                    with contextlib.suppress(ProcessLookupError):
                        signal.pidfd_send_signal(handle, signal.SIGKILL)
                    os.close(handle)
                self._zygote.dead.append(self.process)
            return self._crowd

    def end(self) -> None:
        """
        End it, and with it the transactions that run there.
        """
        self.kill()
        self._let_go()

    def _let_go(self) -> None:
        """
        Close its line, once it is dead and nobody waits there.
        """
        with self._lock:
            over = self._crowd is not None and self._flights == 0
        if over:
            self._line.close()


class Flying:
    """
    While somebody flies in a worker; made by :meth:`WorkerProcess.flight`.
    """

    __slots__ = ("_flight", "_worker")

    def __init__(self, worker: WorkerProcess) -> None:
        self._worker = worker

    def __enter__(self) -> Flight:
        self._flight = self._worker.begin()
        return self._flight

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        died = None if problem is None else self._worker.died_of(problem)
        self._worker.over(self._flight)
        if died is not None:
            raise died from problem


def _ready(end: socket.socket) -> tuple[int, LockdownReport]:
    """
    A new worker's process, and what its lock-down came to, once it is ready.
    """
    first = HostEnd(end)
    first.deadline = time.monotonic() + START_SECONDS
    kind, values = first.receive()
    if kind == READY:
        return values[0], LockdownReport.of(values[1:])
    if kind == FAILED:
        raise UsageError(values[0].decode("utf-8", "replace"))
    raise FrameError("a worker does not begin so")

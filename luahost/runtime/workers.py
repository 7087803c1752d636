"""
The host's side of the zygote: workers on demand, with a spare of each kind ready.

Taking a worker takes the spare and asks for the next one, which is made while the script runs, so the
death of a worker costs the next transaction nothing. One zygote serves the whole process and every
thread of it; it starts at first use.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import threading
import time

from luahost.errors import UsageError, WorkerStartError
from luahost.runtime.channel import FAILED, READY, HostEnd
from luahost.runtime.codec import FrameError
from luahost.runtime.lockdown import LockdownReport
from luahost.runtime.worker import Order
from luahost.runtime.zygote_process import START_SECONDS, ZygoteProcess

MOST_SPARES = 8
"""Kinds of workers that a spare is kept of, the ones taken last."""


class LiveWorker:
    """
    A worker that runs.

    Attributes:
        end: The host's end of the socket to it.

        report: What its lock-down came to.
    """

    def __init__(self, workers: Workers, end: HostEnd, process: int, report: LockdownReport) -> None:
        self.end = end
        self.process = process
        self.report = report
        self._workers = workers
        self._owner = os.getpid()
        # A handle that no other process can come to stand behind, if the first one ends.
        self._handle: int | None = os.pidfd_open(process)

    def kill(self) -> None:
        """
        End it, if it has not ended by itself. From any thread, within anything; in a fork of the host, only
        let go of it.
        """
        handle, self._handle = self._handle, None
        if handle is not None:
            if self._owner == os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                # Without a lock: the garbage collector kills workers too, and that may run anywhere.
                self._workers.zygote.dead.append(self.process)
            os.close(handle)
            self.end.close()

    def death(self) -> int:
        """
        What it died of, once it was killed: the exit status, negative for a signal as in ``subprocess``; 0 if
        nobody knows.
        """
        return self._workers.death(self.process)


class Workers:
    """
    The workers of this process.

    Attributes:
        zygote: Where they come from.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spares: dict[Order, HostEnd] = {}
        self.zygote = ZygoteProcess("luahost.runtime.zygote")

    def take(self, order: Order) -> LiveWorker:
        """
        A worker of this kind that no script has run in.

        Raises:
            UsageError: There can be none on this system, or there is no such Lua.

            WorkerStartError: It could not be started.
        """
        for last_try in (False, True):
            with self._lock:
                try:
                    end = self._spares.pop(order, None) or self._forked(order)
                    worker = self._ready(end)
                    self._prepare(order)
                    self.zygote.bury()
                except (OSError, EOFError, FrameError) as error:
                    # The zygote may have been killed. Its workers are dead with it, and a new one is not.
                    self._stop()
                    if last_try:
                        raise WorkerStartError(f"no process for the script: {error!r}") from error
                else:
                    return worker
        raise AssertionError

    def made(self, order: Order) -> LiveWorker:
        """
        The same, and not the spare.
        """
        with self._lock:
            return self._ready(self._forked(order))

    def death(self, process: int) -> int:
        """
        The exit status of a worker that was killed, 0 if nobody knows.
        """
        with self._lock:
            try:
                return self.zygote.death(process)
            except (OSError, FrameError):
                self._stop()
                return 0

    def stop(self) -> None:
        """
        End the zygote and with it every worker. The next one taken starts another.
        """
        with self._lock:
            self._stop()

    def leave(self) -> None:
        """
        Begin anew in a fork of this process; the workers are the first one's.
        """
        self._lock = threading.Lock()
        self._close_spares()
        self.zygote.leave()

    def report(self, order: Order) -> LockdownReport:
        """
        What the lock-down of such a worker comes to on this system.

        Raises:
            UsageError: There can be none on this system, or there is no such Lua.

            WorkerStartError: It could not be started.
        """
        worker = self.take(order)
        worker.kill()
        return worker.report

    def _ready(self, end: HostEnd) -> LiveWorker:
        end.deadline = time.monotonic() + START_SECONDS
        try:
            kind, values = end.receive()
        except BaseException:
            end.close()
            raise
        end.deadline = None
        if kind == READY:
            return LiveWorker(self, end, values[0], LockdownReport.of(values[1:]))
        end.close()
        if kind == FAILED:
            raise UsageError(values[0].decode("utf-8", "replace"))
        raise FrameError("a worker does not begin so")

    def _prepare(self, order: Order) -> None:
        self._spares[order] = self._forked(order)
        while len(self._spares) > MOST_SPARES:
            self._spares.pop(next(iter(self._spares))).close()

    def _forked(self, order: Order) -> HostEnd:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.zygote.fork(order.values(), [theirs])
            except BaseException:
                ours.close()
                raise
        return HostEnd(ours)

    def _stop(self) -> None:
        self._close_spares()
        self.zygote.stop()

    def _close_spares(self) -> None:
        while self._spares:
            self._spares.popitem()[1].close()


WORKERS = Workers()
"""Those of this process."""

atexit.register(WORKERS.stop)
os.register_at_fork(after_in_child=WORKERS.leave)

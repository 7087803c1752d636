"""
The workers of a server: a few that keep sessions, and one of its own for a transaction that may have killed
its worker.

A user's transactions go to the same worker, where the user's sessions are. Any number of them fly there at
the same time, so a slow endpoint of one user does not hold up another.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator

from luahost.errors import WorkerStartError
from luahost.runtime.codec import FrameError
from luahost.runtime.zygote_process import ZygoteProcess
from luahost.server.worker.zygote import WorkerOrder
from luahost.server.workers.line import Flight
from luahost.server.workers.worker_process import WorkerProcess

ZYGOTE = "luahost.server.worker.zygote"


class Workers:
    """
    The workers. Only one thread at a time has transactions run in them.

    Args:
        order: What kind of workers they are.

        processes: How many keep sessions.
    """

    def __init__(self, order: WorkerOrder, *, processes: int) -> None:
        self._order = order
        self._lock = threading.Lock()
        self._zygote = ZygoteProcess(ZYGOTE)
        self._workers: list[WorkerProcess | None] = [None] * processes
        self._closed = False
        _ALL.add(self)

    def of(self, user: str) -> WorkerProcess:
        """
        The worker that has this user's sessions.

        Raises:
            UsageError: There can be no workers on this system.

            WorkerStartError: It could not be started.
        """
        return self._worker(zlib.crc32(user.encode("utf-8", "surrogateescape")) % len(self._workers))

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[tuple[WorkerProcess, Flight]]:
        """
        A flight in a new worker in which nothing else runs, and which ends afterwards.

        Raises:
            UsageError: There can be no workers on this system.

            WorkerStartError: It could not be started.

            WorkerDiedError: See :meth:`WorkerProcess.flight`.
        """
        with self._lock:
            worker = self._started()
        try:
            with worker.flight() as flight:
                yield worker, flight
        finally:
            worker.end()

    def death(self, process: int) -> int:
        """
        The exit status of a worker that died, negative for a signal; 0 if nobody knows.
        """
        with self._lock:
            try:
                return self._zygote.death(process)
            except (OSError, FrameError):
                self._zygote.stop()
                return 0

    def processes(self) -> list[int]:
        """
        The workers that run.
        """
        with self._lock:
            return [worker.process for worker in self._workers if worker is not None and worker.alive]

    def start(self) -> None:
        """
        Start those that keep sessions, which they do by themselves when they are needed.

        Raises:
            UsageError: There can be no workers on this system.

            WorkerStartError: One could not be started.
        """
        for place in range(len(self._workers)):
            self._worker(place)

    def close(self, end: Callable[[WorkerProcess], None]) -> None:
        """
        End all workers, with the transactions that still run in them, and start no others.

        Args:
            end: Has a worker in which nothing runs end its sessions.
        """
        with self._lock:
            self._closed = True
            workers = [worker for worker in self._workers if worker is not None]
            self._workers = [None] * len(self._workers)
        for worker in workers:
            if worker.alive and not worker.flights:
                end(worker)
            worker.end()
        with self._lock:
            self._zygote.stop()

    def leave(self) -> None:
        """
        In a fork of this process: the workers are the first one's.
        """
        self._lock = threading.Lock()
        self._workers = [None] * len(self._workers)
        self._zygote.leave()

    def _worker(self, place: int) -> WorkerProcess:
        worker = self._workers[place]
        # One that died while nothing ran there is nobody's fault, and so nobody is to meet it.
        if worker is not None and worker.alive and (worker.flights or worker.lives()):
            return worker
        with self._lock:
            worker = self._workers[place]
            if worker is None or not worker.alive:
                worker = self._workers[place] = self._started()
            return worker

    def _started(self) -> WorkerProcess:
        if self._closed:
            raise WorkerStartError("no process for scripts: the server ends")
        for last_try in (False, True):
            try:
                worker = WorkerProcess(self._zygote, self._order)
                self._zygote.bury()
            except (OSError, EOFError, FrameError) as error:
                # The zygote may have been killed. Its workers are dead with it, and a new one is not.
                self._zygote.stop()
                if last_try:
                    raise WorkerStartError(f"no process for scripts: {error!r}") from error
            else:
                return worker
        raise AssertionError


_ALL: weakref.WeakSet[Workers] = weakref.WeakSet()


def _leave_all() -> None:
    for workers in list(_ALL):
        workers.leave()


os.register_at_fork(after_in_child=_leave_all)

"""
The workers of a server: a few that keep sessions, and one of its own for a transaction that may have killed
its worker.

A user's transactions go to the same worker, where the user's sessions are. Each thread of the server has a
lane of its own in each worker, so a slow endpoint of one user takes no lane away from another.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator

from luahost.errors import WorkerStartError
from luahost.runtime.codec import FrameError
from luahost.runtime.zygote_process import ZygoteProcess
from luahost.server.worker.zygote import WorkerOrder
from luahost.server.workers.lane_end import LaneEnd
from luahost.server.workers.worker_process import WorkerProcess

ZYGOTE = "luahost.server.worker.zygote"


class Workers:
    """
    The workers. Threads share it.

    Args:
        order: What kind of workers they are.

        processes: How many keep sessions.

        threads: How many threads use them at the same time.
    """

    def __init__(self, order: WorkerOrder, *, processes: int, threads: int) -> None:
        self._order = order
        self._threads = threads
        self._lock = threading.Lock()
        self._zygote = ZygoteProcess(ZYGOTE)
        self._workers: list[WorkerProcess | None] = [None] * processes
        self._closed = False
        self._lanes = itertools.count()
        self._own = threading.local()
        _ALL.add(self)

    @contextlib.contextmanager
    def lane(self, user: str) -> Iterator[tuple[WorkerProcess, LaneEnd]]:
        """
        The lane of the calling thread in the worker that has this user's sessions.

        Raises:
            UsageError: There can be no workers on this system.

            WorkerStartError: It could not be started.

            WorkerDiedError: See :meth:`WorkerProcess.flight`.
        """
        number = self._lane()
        if number >= self._threads:
            with self.exclusive() as found:
                yield found
            return
        worker = self._worker(zlib.crc32(user.encode("utf-8", "surrogateescape")) % len(self._workers))
        with worker.flight():
            yield worker, worker.ends[number]

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[tuple[WorkerProcess, LaneEnd]]:
        """
        The lane of a new worker in which nothing else runs, and which ends afterwards.

        Raises:
            The same.
        """
        with self._lock:
            worker = self._started(1)
        try:
            with worker.flight():
                yield worker, worker.ends[0]
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

    def close(self, end: Callable[[WorkerProcess, LaneEnd], None]) -> None:
        """
        End all workers, with the transactions that still run in them, and start no others.

        Args:
            end: Has a worker in which nothing runs end its sessions, by one of its lanes.
        """
        with self._lock:
            self._closed = True
            workers = [worker for worker in self._workers if worker is not None]
            self._workers = [None] * len(self._workers)
        for worker in workers:
            if worker.alive and not worker.flights:
                end(worker, worker.ends[-1])
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

    def _lane(self) -> int:
        number: int | None = getattr(self._own, "lane", None)
        if number is None:
            number = self._own.lane = next(self._lanes)
        return number

    def _worker(self, place: int) -> WorkerProcess:
        worker = self._workers[place]
        if worker is not None and worker.alive:
            return worker
        with self._lock:
            worker = self._workers[place]
            if worker is None or not worker.alive:
                # One lane more, for the server itself.
                worker = self._workers[place] = self._started(self._threads + 1)
            return worker

    def _started(self, lanes: int) -> WorkerProcess:
        if self._closed:
            raise WorkerStartError("no process for scripts: the server ends")
        for last_try in (False, True):
            try:
                worker = WorkerProcess(self._zygote, self._order, lanes)
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

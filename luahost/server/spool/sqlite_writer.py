"""
Writing to a spool's file while a server works on it.

Whoever asks for something writes it, and all that others have asked for, in one transaction, and everybody is
answered once that is on disk: the more wait, the more share an fsync (group commit). Where somebody is at it
already, who asks need not wait: the other one finds it when done. So a request that comes alone wakes no
thread, which would take longer than all else about it. There is one for what nobody's asking brings about: a
moment that comes, what operators change, a disk that has room again, a file that another process keeps for a
while, a log that has become long (:mod:`~luahost.server.spool.sqlite_checkpoint`). What is written is the
business of :mod:`~luahost.server.spool.sqlite_book`.

A claim is written without waiting for the disk (``synchronous = NORMAL``): if power fails, a claim that is
forgotten leaves the transaction queued, which is right. A process that is killed loses nothing that way.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from luahost.clock import Clock
from luahost.database_file import TIMEOUT_SECONDS, transaction
from luahost.errors import LuahostError, SpoolError
from luahost.server.spool.entries import Claim, Expired
from luahost.server.spool.room import Room
from luahost.server.spool.sqlite_book import Book
from luahost.server.spool.sqlite_checkpoint import Checkpoint
from luahost.server.spool.sqlite_control import spool_error, spool_errors
from luahost.server.spool.sqlite_requests import Claimer, Group, Request
from luahost.server.spool.turns import NEVER

LOOK_SECONDS = 0.5
"""How often it is looked for what an operator has changed, if nothing else happens."""

LONG_SECONDS = 5.0
"""What no disk takes that is well."""

ROUNDS = 2
"""How often one who asks writes: once for itself and what waits, and once for what came meanwhile."""


class Writer:
    """
    What writes.

    Args:
        path: The spool's file, which is there.

        clock: What time it is.

        room: How many transactions may be unfinished.

        expired: Hears of those that are expired, once that is written.

        check_owner: Raises an error if another process may work on the file.

    Raises:
        SpoolError, InputError: The file cannot be read or written.
    """

    def __init__(
        self, path: str, clock: Clock, room: Room, expired: Expired, check_owner: Callable[[], None]
    ) -> None:
        self._path = path
        self._expired = expired
        self._check_owner = check_owner
        self._clock = clock
        self._asked: deque[Request | Claimer] = deque()
        # Nobody asks once it closes.
        self._asking = threading.Lock()
        self._draining = False
        self._closing = False
        # The threads that ask for more before anything of it is written.
        self._gathering: set[int] = set()
        # Who has it writes, and may use what is below.
        self._turn = threading.Lock()
        self._claimers: deque[Claimer] = deque()
        self._pragmas: dict[str, str] = {}
        self._look_at = self._asleep_until = -NEVER
        self._failure: str | None = None
        self._began = NEVER
        with spool_errors(path):
            self._book = Book(path, room)
            try:
                with transaction(self._book.connection):
                    self._book.follow(self._group())
                self._checkpoint = Checkpoint(path, self._turn)
            except BaseException:
                self._book.connection.close()
                raise
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="luahost spool", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """
        Have something written; its future tells the rest.
        """
        with self._asking:
            asks = not self._closing
            if asks:
                self._asked.append(request)
        if asks:
            self._write_soon()
        else:
            request.future.set_exception(SpoolError(f"{self._path}: this spool is closed"))

    def claim(self, most: int) -> Future[list[Claim]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.claim`.
        """
        claimer = Claimer(most)
        with self._asking:
            asks = not (self._draining or self._closing)
            if asks:
                self._asked.append(claimer)
        if asks:
            self._write_soon()
        else:
            claimer.future.set_result([])
        return claimer.future

    @contextmanager
    def together(self) -> Iterator[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.together`.
        """
        thread = threading.get_ident()
        self._gathering.add(thread)
        try:
            yield
        finally:
            self._gathering.discard(thread)
            self._write_here()

    @property
    def trouble(self) -> str | None:
        """
        Why nothing could be written when it was last tried, or that the disk takes very long; None if all
        is well. While nothing can be written it is tried again, whether or not anybody asks.
        """
        seconds = self._clock.monotonic() - self._began
        if seconds > LONG_SECONDS:
            return f"{self._path}: nothing has come back from the disk for {seconds:.0f} seconds"
        return self._failure

    def look(self) -> None:
        """
        Look now for what an operator has changed.
        """
        self._bell.put(None)

    def drain(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.drain`.
        """
        with self._asking:
            self._draining = True
        self._bell.put(None)

    def close(self) -> None:
        """
        Write what was asked for, and end.
        """
        with self._asking:
            self._draining = self._closing = True
        self._bell.put(None)
        self._thread.join()
        self._checkpoint.close()
        self._book.connection.close()

    def _write_soon(self) -> None:
        """
        Write here, or when this thread has asked for all that it wants.
        """
        if threading.get_ident() not in self._gathering:
            self._write_here()

    def _write_here(self) -> None:
        """
        Write what is asked for, unless somebody is at it, who looks again when done.
        """
        for _ in range(ROUNDS):
            if not self._asked or not self._turn.acquire(blocking=False):
                return
            try:
                group = self._write(patient=False)
                is_wanted = self._look_at < self._asleep_until or self._checkpoint.is_due
            finally:
                self._turn.release()
            if is_wanted:
                self._bell.put(None)
            self._tell(group)
        if self._asked:
            self._bell.put(None)

    def _run(self) -> None:
        last = False
        while not last:
            # From then on nobody asks.
            last = self._closing
            with self._turn:
                group = self._write(patient=True)
                self._asleep_until = self._look_at
            self._tell(group)
            if self._checkpoint.is_due:
                self._checkpoint.make()
            self._sleep()

    def _sleep(self) -> None:
        """
        Wait until there is something to look for, or somebody wants that.
        """
        if self._asked or self._closing:
            return
        try:
            self._bell.get(timeout=max(self._asleep_until - self._clock.monotonic(), 0.0))
        except queue.Empty:
            return
        for _ in range(self._bell.qsize()):
            self._bell.get_nowait()

    def _write(self, *, patient: bool) -> Group:
        """
        One round: everything in one transaction.

        Args:
            patient: Whether to wait if another process has the file. If not, the thread does it.

        Returns:
            What was written, for :meth:`_tell`.
        """
        group = self._group()
        requests = self._taken_up()
        if self._draining:
            self._refuse_claimers()
        try:
            if patient or self._failure or requests:
                self._book.check()
            if patient or self._failure:
                self._check_owner()
            if requests or self._something_happened(group):
                self._began = group.now
                self._commit(requests, group, patient=patient)
                self._failure = None
                self._book.written(group)
                self._checkpoint.written([row[-1] for row in group.rows])
        except _KeptError:
            self._asked.extendleft(reversed(requests))
            self._look_at = group.now
        except Exception as error:  # noqa: BLE001  whoever waits has to hear of it, and the server goes on
            self._failed(requests, group, error)
            self._look_at = group.now + LOOK_SECONDS
        else:
            self._look_at = self._next_look(group)
        finally:
            self._began = NEVER
        return group

    def _taken_up(self) -> list[Request]:
        """
        What was asked for since the last time and is still wanted; those who want work wait for it.
        """
        requests: list[Request] = []
        for _ in range(len(self._asked)):
            one = self._asked.popleft()
            if isinstance(one, Claimer):
                self._claimers.append(one)
            elif one.future.running() or one.future.set_running_or_notify_cancel():
                requests.append(one)
        return requests

    def _commit(self, requests: list[Request], group: Group, *, patient: bool) -> None:
        """
        Write it, and what comes of it.

        Raises:
            _KeptError: Another process has the file, and nobody is patient.
        """
        self._set("busy_timeout", f"{TIMEOUT_SECONDS * 1000 if patient else 0:.0f}")
        self._set("synchronous", "FULL" if requests or self._failure else "NORMAL")
        self._begin(patient=patient)
        try:
            if self._failure:
                self._book.prove()
            self._book.follow(group)
            for request in requests:
                self._book.take_up(request, group)
            self._book.store(group)
            if self._claimers:
                self._book.grant(self._claimers, group)
            self._book.connection.execute("COMMIT")
        except BaseException:
            if self._book.connection.in_transaction:
                self._book.connection.execute("ROLLBACK")
            raise

    def _begin(self, *, patient: bool) -> None:
        try:
            self._book.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if patient or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise _KeptError from None

    def _tell(self, group: Group) -> None:
        """
        Answer all who waited for what was written.
        """
        for future, result in group.results:
            if not future.done():
                future.set_result(result)
        if group.expired:
            self._expired(group.expired)

    def _next_look(self, group: Group) -> float:
        """
        When there is something to look for, by the monotonic clock.
        """
        moment = self._book.turns.next_moment() if self._claimers else None
        return group.now + LOOK_SECONDS if moment is None else min(moment, group.now + LOOK_SECONDS)

    def _refuse_claimers(self) -> None:
        while self._claimers:
            future = self._claimers.popleft().future
            if future.set_running_or_notify_cancel():
                future.set_result([])

    def _group(self) -> Group:
        return Group(time=self._clock.time(), now=self._clock.monotonic())

    def _failed(self, requests: list[Request], group: Group, error: Exception) -> None:
        self._book.forget(requests, group)
        # Whatever it is, the server goes on, and tries again when it is asked again.
        words = error
        if isinstance(error, sqlite3.Error):
            error = spool_error(error, self._path)
        if isinstance(error, LuahostError):
            self._failure = str(error)
            words = SpoolError(self._failure)
        futures: list[Future[Any]] = [request.future for request in requests]
        futures += [claimer.future for claimer, _ in group.grants]
        for future in futures:
            if not future.done():
                future.set_exception(words)

    def _something_happened(self, group: Group) -> bool:
        if self._failure or self._book.stale or self._book.others_wrote():
            return True
        moment = self._book.turns.next_moment() if self._claimers else None
        return moment is not None and moment <= group.now

    def _set(self, pragma: str, value: str) -> None:
        if self._pragmas.get(pragma) != value:
            self._book.connection.execute(f"PRAGMA {pragma} = {value}")
            self._pragmas[pragma] = value


class _KeptError(Exception):
    """
    Another process has the file just now.
    """

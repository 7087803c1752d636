"""
The one thread that writes to a spool's file while a server works on it.

It takes all that was asked for since it last looked, writes it in one transaction, and answers everybody
once that is on disk: the more wait, the more share an fsync (group commit). What is written is the
business of :mod:`~luahost.server.spool.sqlite_book`.

A claim is written without waiting for the disk (``synchronous = NORMAL``): if power fails, a claim that is
forgotten leaves the transaction queued, which is right. A process that is killed loses nothing that way.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections import deque
from concurrent.futures import Future
from typing import Any

from luahost.clock import Clock
from luahost.database_file import transaction
from luahost.errors import SpoolError
from luahost.server.spool.entries import Claim, Expired, unheard
from luahost.server.spool.room import Room
from luahost.server.spool.sqlite_book import Book
from luahost.server.spool.sqlite_control import spool_error, spool_errors
from luahost.server.spool.sqlite_requests import Claimer, Group, Request

LOOK_SECONDS = 0.5
"""How often it looks for what an operator has changed, if nothing else happens."""


class Writer:
    """
    The thread, and what it knows.

    Args:
        path: The spool's file, which is there.

        clock: What time it is.

        room: How many transactions may be unfinished.

        expired: Hears of those that are expired, once that is written.

    Attributes:
        trouble: Why nothing could be written when it was last tried; None if that went well. While there is
            one it is tried again, whether or not anybody asks.

    Raises:
        SpoolError, InputError: The file cannot be read or written.
    """

    def __init__(self, path: str, clock: Clock, room: Room, expired: Expired = unheard) -> None:
        self._path = path
        self._expired = expired
        self._clock = clock
        self._asked: queue.SimpleQueue[Request | Claimer | None] = queue.SimpleQueue()
        # Nobody asks once it closes.
        self._asking = threading.Lock()
        self._draining = False
        self._closing = False
        self._claimers: deque[Claimer] = deque()
        self._synchronous = ""
        self.trouble: str | None = None
        with spool_errors(path):
            self._book = Book(path, room)
            try:
                with transaction(self._book.connection):
                    self._book.follow(self._group())
            except BaseException:
                self._book.connection.close()
                raise
        self._thread = threading.Thread(target=self._run, name="luahost spool", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """
        Have something written; its future tells the rest.
        """
        with self._asking:
            if not self._closing:
                self._asked.put(request)
                return
        request.future.set_exception(SpoolError(f"{self._path}: this spool is closed"))

    def claim(self, most: int) -> Future[list[Claim]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.claim`.
        """
        claimer = Claimer(most)
        with self._asking:
            if not (self._draining or self._closing):
                self._asked.put(claimer)
                return claimer.future
        claimer.future.set_result([])
        return claimer.future

    def look(self) -> None:
        """
        Look now for what an operator has changed.
        """
        self._asked.put(None)

    def drain(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.drain`.
        """
        with self._asking:
            self._draining = True
        self._asked.put(None)

    def close(self) -> None:
        """
        Write what was asked for, and end.
        """
        with self._asking:
            self._draining = self._closing = True
        self._asked.put(None)
        self._thread.join()
        self._book.connection.close()

    def _run(self) -> None:
        last = False
        while not last:
            asked = self._all_asked(self._pause())
            draining, last = self._draining, self._closing
            if last:
                # From now on nobody asks.
                asked += self._all_asked(0)
            requests: list[Request] = []
            for one in asked:
                if isinstance(one, Claimer):
                    self._claimers.append(one)
                elif one.future.set_running_or_notify_cancel():
                    requests.append(one)
            if draining:
                self._refuse_claimers()
            self._write(requests)

    def _all_asked(self, seconds: float) -> list[Request | Claimer]:
        """
        All that was asked for since the last time; waits so long until there is something, or to look.
        """
        try:
            asked = [self._asked.get(timeout=seconds)]
        except queue.Empty:
            return []
        asked += [self._asked.get_nowait() for _ in range(self._asked.qsize())]
        return [one for one in asked if one is not None]

    def _pause(self) -> float:
        moment = self._book.turns.next_moment() if self._claimers and not self._book.stale else None
        if moment is None:
            return LOOK_SECONDS
        return min(max(moment - self._clock.monotonic(), 0.0), LOOK_SECONDS)

    def _refuse_claimers(self) -> None:
        while self._claimers:
            future = self._claimers.popleft().future
            if future.set_running_or_notify_cancel():
                future.set_result([])

    def _group(self) -> Group:
        return Group(time=self._clock.time(), now=self._clock.monotonic())

    def _write(self, requests: list[Request]) -> None:
        """
        One round: everything in one transaction, then the answers.
        """
        group = self._group()
        try:
            if not requests and not self._something_happened(group):
                return
            self._synchronize("FULL" if requests or self.trouble else "NORMAL")
            with transaction(self._book.connection):
                if self.trouble:
                    self._book.prove()
                self._book.follow(group)
                for request in requests:
                    self._book.take_up(request, group)
                self._book.store(group)
                self._book.grant(self._claimers, group)
        except Exception as error:  # noqa: BLE001  whoever waits has to hear of it, and this thread goes on
            self._failed(requests, group, error)
            return
        self.trouble = None
        self._book.written(group)
        for future, result in group.results:
            future.set_result(result)
        if group.expired:
            self._expired(group.expired)

    def _failed(self, requests: list[Request], group: Group, error: Exception) -> None:
        self._book.forget(requests, group)
        # Whatever it is, the server goes on, and tries again when it is asked again.
        words = error
        if isinstance(error, sqlite3.Error):
            self.trouble = str(spool_error(error, self._path))
            words = SpoolError(self.trouble)
        futures: list[Future[Any]] = [request.future for request in requests]
        futures += [claimer.future for claimer, _ in group.grants]
        for future in futures:
            if not future.done():
                future.set_exception(words)

    def _something_happened(self, group: Group) -> bool:
        if self.trouble or self._book.stale or self._book.others_wrote():
            return True
        moment = self._book.turns.next_moment() if self._claimers else None
        return moment is not None and moment <= group.now

    def _synchronize(self, mode: str) -> None:
        if mode != self._synchronous:
            self._book.connection.execute(f"PRAGMA synchronous = {mode}")
            self._synchronous = mode

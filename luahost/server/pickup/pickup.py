"""
From a pickup directory into the spool: a thread that looks about every second, soon after a file has come
into an empty directory, and whenever it is asked to.

A user's files go in the order in which they were written, and before what the same user's mail processes post
later: see :meth:`Pickup.first`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.errors import fault_words
from luahost.server.intake.batch import MostAtOnce
from luahost.server.pickup.directory import Directory
from luahost.server.pickup.growing import Growing
from luahost.server.pickup.taking import Taking
from luahost.server.spool import Puts

LOOK_SECONDS = 1.0
"""How often the directory is looked through."""

CHANGE_SECONDS = 0.1
"""How often one that was found empty is asked whether anything has come."""

BUSY_SECONDS = 0.5
"""The same, of one where something was found: what comes soon after is put into the spool together."""

PATIENCE_SECONDS = 0.1
"""How long a client waits for files that come before it; a mail process waits for the client."""


class Pickup:
    """
    Takes files; ``start``, and ``stop`` in the end.

    Args:
        directory: Where they are.

        spool: Where they go.

        expire_seconds: How old a transaction may get until it is done, from when its file was written.

        most: How many transactions a file may have; None: as many as any request.

        accepted: Hears how many transactions were taken in.

        one_by_one: Whether the spool might keep what a user brings after it has refused what the same user
            brought before it, if both were put together.

        clock: The time.
    """

    def __init__(
        self,
        directory: Directory,
        spool: Puts,
        *,
        expire_seconds: float,
        most: MostAtOnce | None = None,
        accepted: Callable[[int], None] = lambda number: None,
        one_by_one: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._directory = directory
        self._growing = Growing(directory, clock)
        self._taking = Taking(
            directory,
            self._growing,
            spool,
            expire_seconds=expire_seconds,
            most=most,
            accepted=self._count,
            one_by_one=one_by_one,
            ending=lambda: self._ending,
            clock=clock,
        )
        self._accepted = accepted
        self._clock = clock
        self._taken = 0
        self._lock = threading.Lock()
        self._asked: list[Future[Collection[str] | None]] = []
        self._wake = threading.Event()
        self._ending = False
        self._looked: int | None = None
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._work, name="luahost-pickup", daemon=True)

    def start(self) -> None:
        """
        Take files from now on.
        """
        self._thread.start()

    def adopt(self, *, max_bytes: int, expire_seconds: float) -> None:
        """
        From now on these count, for files that are taken.
        """
        self._directory.max_bytes = max_bytes
        self._taking.expire_seconds = expire_seconds

    def stop(self, seconds: float) -> None:
        """
        Take no more, and wait at most so long for what is on its way.
        """
        self._ending = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def nothing_waits(self) -> bool:
        """
        Whether nothing has come into the directory since it was found empty.
        """
        try:
            empty = self._looked is not None and self._directory.changed() == self._looked
            return empty and not self._growing.grown()
        except OSError:
            # The thread will say so.
            return True

    async def first(self) -> Collection[str] | None:
        """
        Have the files taken that are there now, so that what a client brings comes after them.

        Returns:
            The users of whom files still wait; None for anybody.
        """
        if self.nothing_waits():
            return ()
        busy_since = self._busy_since
        if busy_since is not None and self._clock.monotonic() - busy_since > PATIENCE_SECONDS:
            # There are many, and nobody gains by waiting for them.
            return None
        future: Future[Collection[str] | None] = Future()
        with self._lock:
            self._asked.append(future)
        self._wake.set()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE_SECONDS)
        except TimeoutError:
            return None

    def _work(self) -> None:
        while True:
            # First, so that it is heard of who wakes for the end.
            self._wake.clear()
            if self._ending:
                return
            with self._lock:
                asked, self._asked = self._asked, []
            asked = [future for future in asked if future.set_running_or_notify_cancel()]
            try:
                left = self.look()
            except Exception as fault:  # noqa: BLE001  whatever it is, clients must not wait for this thread
                self._taking.trouble("", f"cannot be taken from: {fault_words(fault)}")
                left = ()
            for future in asked:
                future.set_result(left)
            self._pause()

    def _pause(self) -> None:
        """
        Until somebody asks, something has come into a directory that was found empty, or it is time to look.
        """
        busy, self._taken = self._taken > 0, 0
        if busy and self._wake.wait(BUSY_SECONDS - CHANGE_SECONDS):
            return
        for _ in range(round(LOOK_SECONDS / CHANGE_SECONDS)):
            if self._wake.wait(CHANGE_SECONDS) or (self._looked is not None and not self.nothing_waits()):
                return

    def _count(self, number: int) -> None:
        self._taken += number
        self._accepted(number)

    def look(self) -> Collection[str] | None:
        """
        Take what is there.

        Returns:
            The users of whom files still wait; None for anybody.
        """
        self._busy_since = self._clock.monotonic()
        try:
            before = self._directory.changed()
            left = self._taking.look()
        except OSError as error:
            self._taking.trouble("", f"cannot be looked at: {error.strerror}")
            return ()
        finally:
            self._busy_since = None
        self._looked = before if left is not None and not left else None
        return left

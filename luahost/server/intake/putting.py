"""
From requests into the spool, and back: what comes in one turn of the event loop goes there together, and what
is on disk comes back together.

A spool is another thread, or another machine. To wake somebody for each request would cost more than all else
about it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future

from luahost.server.spool import Batch, Kept, Puts

ENOUGH = 256
"""Batches that are handed over whatever else may come: more would gain nothing, and those wait."""

Told = Callable[[Kept | BaseException], None]
"""Hears what became of a batch, in the event loop."""


class Putting:
    """
    The way of one event loop to the spool, used in that loop alone.

    Args:
        spool: The spool.

        loop: The loop.
    """

    def __init__(self, spool: Puts, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._spool = spool
        self._batches: list[Batch] = []
        self._told: list[Told] = []

    def put(self, batch: Batch, told: Told) -> None:
        """
        Have a batch kept. Batches are put in the order in which this is called.
        """
        if not self._batches:
            self.loop.call_soon(self._look_round, 0)
        self._batches.append(batch)
        self._told.append(told)

    def _look_round(self, seen: int) -> None:
        """
        Hand over what is there if the loop has found no more since there was so much. It takes one connection
        each time round, and those that come at the same time are to share a write.
        """
        found = len(self._batches)
        if seen < found < ENOUGH:
            self.loop.call_soon(self._look_round, found)
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        batches, self._batches = self._batches, []
        told, self._told = self._told, []
        try:
            future = self._spool.put_each(batches)
        except Exception as fault:  # noqa: BLE001  clients wait, and hear of it
            future = Future()
            future.set_exception(fault)
        if future.done():
            self._tell(told, future)
        else:
            future.add_done_callback(lambda done: self._bring(told, done))

    def _bring(self, told: list[Told], done: Future[list[Kept]]) -> None:
        """
        In whatever thread the future was done.
        """
        # A loop that ends meanwhile has no clients any more.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._tell, told, done)

    def _tell(self, told: list[Told], done: Future[list[Kept]]) -> None:
        error = done.exception()
        if error is None:
            for one, kept in zip(told, done.result(), strict=True):
                one(kept)
        else:
            for one in told:
                one(error)

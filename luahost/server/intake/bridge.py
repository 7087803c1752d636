"""
Futures of other threads, brought to an event loop: all that are done together come in one step.

:func:`asyncio.wrap_future` wakes the loop for each. A spool's writer is done with many at a time, and a
wake-up costs more than all else about an answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Bridge:
    """
    The way to one event loop.

    Args:
        loop: The loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._coming = False

    def awaitable(self, future: Future[T]) -> asyncio.Future[T]:
        """
        What ends as this future does. Called in the loop; who stops waiting cancels nothing.
        """
        waiting: asyncio.Future[T] = self.loop.create_future()
        future.add_done_callback(lambda done: self._bring(waiting, done))
        return waiting

    def _bring(self, waiting: asyncio.Future[Any], done: Future[Any]) -> None:
        self._done.append((waiting, done))
        # Whoever brings something while the loop empties the row finds this false, and wakes it again.
        if not (self._coming or self.loop.is_closed()):
            self._coming = True
            self.loop.call_soon_threadsafe(self._arrive)

    def _arrive(self) -> None:
        self._coming = False
        while self._done:
            waiting, done = self._done.popleft()
            if waiting.done():
                continue
            error = done.exception()
            if error is None:
                waiting.set_result(done.result())
            else:
                waiting.set_exception(error)

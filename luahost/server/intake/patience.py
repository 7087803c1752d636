"""
Patience with clients: tasks that wait for one too long are told so.

As :func:`asyncio.timeout` does, but without a timer for each: almost all that is waited for is there already,
and the timer would cost more than the rest of waiting. One timer looks each second.
"""

from __future__ import annotations

import asyncio
from typing import Any

LOOK_SECONDS = 1.0


class Patience:
    """
    The patience of one event loop; called in it alone.

    Args:
        loop: The loop.

        seconds: How long a task may wait, or up to a look longer.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._waiting: dict[asyncio.Task[Any], float] = {}
        self._lost: set[asyncio.Task[Any]] = set()
        self._looks = False

    def begin(self, task: asyncio.Task[Any]) -> None:
        """
        A task waits from now on. If it takes too long it is cancelled, and :meth:`lost` says why.
        """
        self._waiting[task] = self._loop.time() + self._seconds
        if not self._looks:
            self._looks = True
            self._loop.call_later(min(LOOK_SECONDS, self._seconds), self._look)

    def end(self, task: asyncio.Task[Any]) -> None:
        """
        It does not wait any more.
        """
        self._waiting.pop(task, None)

    def lost(self, task: asyncio.Task[Any]) -> bool:
        """
        Whether this task was cancelled because patience was lost with it; asked once, as it then goes on.
        """
        if task not in self._lost:
            return False
        self._lost.remove(task)
        task.uncancel()
        return True

    def _look(self) -> None:
        now = self._loop.time()
        # Who came first waits longest.
        while self._waiting:
            task, end = next(iter(self._waiting.items()))
            if end > now:
                break
            del self._waiting[task]
            self._lost.add(task)
            task.cancel()
        self._looks = bool(self._waiting)
        if self._looks:
            self._loop.call_later(LOOK_SECONDS, self._look)

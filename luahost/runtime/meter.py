"""
What a script has used so far, held against its :class:`~luahost.runtime.limits.Limits`.

Time, output and HTTP are counted here. Instructions are counted by a hook in Lua, and memory by Lua's
allocator: neither may wait for Python.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

from luahost.runtime.limits import NO_LIMITS, Limits

OWN = -1
"""In the place of a push transaction: luahost's own work for a script."""


class LimitReached(Exception):
    """
    Raised by host functions: the script has used more than it may. It is stopped.
    """

    def __init__(self, limit: str, spent: float, allowed: float) -> None:
        super().__init__(limit, spent, allowed)
        self.limit = limit
        self.spent = spent
        self.allowed = allowed


class Pause:
    """
    What is used meanwhile is luahost's own; made by a :class:`Meter` and used in a ``with``.
    """

    __slots__ = ("_before", "_meter")

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def __enter__(self) -> None:
        meter = self._meter
        self._before = meter.limits, meter.transaction
        meter.limits, meter.transaction = NO_LIMITS, OWN

    def __exit__(self, *raised: object) -> None:
        meter = self._meter
        meter.limits, meter.transaction = self._before
        meter.forget(OWN)


class Meter:
    """
    The count of one Lua state.

    Args:
        limits: What is allowed.

        clock: Seconds that never go back.

        wait: Lets so many seconds pass.

    Attributes:
        transaction: What is used belongs to this push transaction, None if to none. Whoever begins another
            within it puts this one back.
    """

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._wait = wait
        self._depth = 0
        self._began = 0.0
        self.transaction: int | None = None
        self._seconds: dict[int | None, float] = defaultdict(float)
        self._counts: dict[tuple[str, int | None], float] = defaultdict(int)

    def pausing(self) -> Pause:
        """
        What is used meanwhile is luahost's own, and not limited.
        """
        return Pause(self)

    def forget(self, transaction: int) -> None:
        """
        The transaction is over.
        """
        self._seconds.pop(transaction, None)
        if not self._counts:
            return
        for name in ("output_bytes", "http_requests", "http_bytes"):
            self._counts.pop((name, transaction), None)

    @property
    def calling(self) -> bool:
        """
        Whether the script has been called and has not returned.
        """
        return self._depth > 0

    def begin_call(self) -> None:
        """
        The script is called. A call within a call is part of the outer one.
        """
        if self._depth == 0:
            self._began = self._clock()
        self._depth += 1

    def end_call(self) -> None:
        """
        The call is over.
        """
        self._depth -= 1
        if self._depth == 0:
            self._seconds[self.transaction] += self._clock() - self._began

    def next_call(self) -> None:
        """
        A call is over and another begins, without leaving Lua in between.
        """
        if self._depth == 1:
            now = self._clock()
            self._seconds[self.transaction] += now - self._began
            self._began = now

    def charge(self, limit: str, amount: float) -> None:
        """
        The script uses so much of what is limited by transaction.

        Raises:
            LimitReached: That is too much.
        """
        counted = limit, self.transaction
        self._counts[counted] += amount
        allowed = getattr(self.limits, limit)
        if allowed is not None and self._counts[counted] > allowed:
            raise LimitReached(limit, self._counts[counted], allowed)

    def seconds_left(self) -> float | None:
        """
        The time until a limit is reached, None if there is no such limit.
        """
        nearest = self.nearest_time()
        return None if nearest is None else max(nearest[2] - nearest[1], 0)

    def nearest_time(self) -> tuple[str, float, float] | None:
        """
        The limit of time that will be reached first, what is spent of it, and what is allowed; None if there
        is no such limit.
        """
        limited = [(limit, spent, allowed) for limit, spent, allowed in self._times() if allowed is not None]
        return min(limited, key=lambda one: one[2] - one[1], default=None)

    def sleep(self, seconds: float) -> None:
        """
        Wait, but no longer than there is time.

        Raises:
            LimitReached: There was not enough.
        """
        left = self.seconds_left()
        self._wait(seconds if left is None else min(seconds, left))
        self.check_time()

    def check_time(self) -> None:
        """
        Whether there is time left.

        Raises:
            LimitReached: There is none.
        """
        limits = self.limits
        if limits.call_seconds is None and limits.transaction_seconds is None:
            return
        for limit, spent, allowed in self._times():
            if allowed is not None and spent >= allowed:
                raise LimitReached(limit, spent, allowed)

    def _times(self) -> tuple[tuple[str, float, float | None], tuple[str, float, float | None]]:
        running = self._clock() - self._began if self._depth else 0.0
        before = self._seconds[self.transaction]
        return (
            ("call_seconds", running, self.limits.call_seconds),
            ("transaction_seconds", before + running, self.limits.transaction_seconds),
        )

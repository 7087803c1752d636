"""
A run of a transaction, and what every machine does that runs some, be it in this process or another.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from luahost.clock import NANOSECONDS, SystemClock
from luahost.errors import LuahostError, UsageError
from luahost.server.spool.nats.spool import NatsSpool

LONGEST_RUN_SECONDS = 0.01

ANSWER_SECONDS = 120.0
"""Longer than any outage that a test makes."""

AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """
    A transaction that was run.

    Attributes:
        number: Its number.

        user: Whose it is.

        machine: Where it was run.

        began: When, by the monotonic clock.

        ended: When it was over, before the spool was told.

        settled: Whether the spool then said that it is done.
    """

    number: int
    user: str
    machine: int
    began: float
    ended: float
    settled: bool


class SkewedClock(SystemClock):
    """
    A clock that is wrong, always by the same.
    """

    real = False

    def __init__(self, seconds: int) -> None:
        self._ahead_ns = seconds * NANOSECONDS

    def time_ns(self) -> int:
        """
        The time of day, as this machine takes it to be.
        """
        return super().time_ns() + self._ahead_ns


def settled(spool: NatsSpool, id: str) -> bool:
    """
    Tell a spool that a claim is done until it is, or is not ours any more, as a server does; answers which.

    Raises:
        TimeoutError: It did not answer for too long.
    """
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            spool.done(id).result(ANSWER_SECONDS)
        except UsageError:
            return False
        except LuahostError:
            if time.monotonic() > end:
                raise TimeoutError from None
            time.sleep(AGAIN_SECONDS)
        else:
            return True

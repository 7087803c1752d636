"""
The time, as scripts and drivers see it: the clock seam.

Whatever asks for the time on a script's behalf, or waits, asks the host's clock: ``os.time``,
``socket.sleep``, the pauses between tries of ``dovecot.http.client``, the seconds of an ``Http`` effect.
A test gives a clock of its own (:class:`luahost.testing.ManualClock`) and never waits. What protects the
host from a script, its limits, keeps to the machine's time.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

NANOSECONDS = 1_000_000_000
"""In a second."""


class Clock(ABC):
    """
    A clock that a host can be given.

    Attributes:
        real: Whether it shows the machine's own time, so that Lua need not ask for it. A clock of one's own
            does not.
    """

    real = False

    @abstractmethod
    def time_ns(self) -> int:
        """
        The time of day, in nanoseconds since 1970 (UTC).
        """

    @abstractmethod
    def monotonic(self) -> float:
        """
        Seconds since some moment; they never go back.
        """

    @abstractmethod
    def cpu(self) -> float:
        """
        Seconds of processor time used so far: ``os.clock``.
        """

    @abstractmethod
    def sleep(self, seconds: float) -> None:
        """
        Let so much time pass.
        """

    def time(self) -> float:
        """
        The time of day, in seconds since 1970 (UTC).
        """
        return self.time_ns() / NANOSECONDS


class SystemClock(Clock):
    """
    The machine's own time.
    """

    real = True

    def time_ns(self) -> int:
        """
        The machine's time of day.
        """
        return time.time_ns()

    def monotonic(self) -> float:
        """
        The machine's monotonic clock.
        """
        return time.monotonic()

    def cpu(self) -> float:
        """
        The processor time of luahost's process.
        """
        return time.process_time()

    def sleep(self, seconds: float) -> None:
        """
        Really wait.
        """
        time.sleep(seconds)


SYSTEM_CLOCK = SystemClock()
"""The clock of every host that is not given another."""

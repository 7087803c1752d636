"""
``ManualClock``: time that passes only when somebody waits, or when the test says so.

Nobody really waits for it, so a script that sleeps for an hour, or an endpoint that never answers, costs a
test nothing, and every run shows the same times.
"""

from __future__ import annotations

from datetime import UTC, datetime

from luahost.clock import NANOSECONDS, Clock

START = datetime(2020, 1, 1, 12, tzinfo=UTC)
"""What it shows at first, unless told otherwise: a Wednesday, noon."""


LOOKS_IN_A_ROW = 20_000
"""How often a script asks for the time, while none passes, before it is taken to wait by asking."""

LOOK_SECONDS = 0.001
"""How long each further look takes then."""


class ManualClock(Clock):
    """
    A clock for tests; ``Host(clock=ManualClock())``.

    For a script that waits by asking for the time until enough of it has passed, it passes too: a millisecond
    each time, once it has asked many thousand times.

    Args:
        start: What time it is at first: seconds since 1970, or a ``datetime`` with a time zone.

    Attributes:
        waited: How many seconds have passed because somebody waited: in ``socket.sleep``, for an answer,
            between two tries, or by asking for the time. In Dovecot a delivery stands still meanwhile.

    Raises:
        ValueError: The ``datetime`` has no time zone.
    """

    def __init__(self, start: float | datetime = START) -> None:
        if isinstance(start, datetime):
            if start.tzinfo is None:
                raise ValueError("the start of a clock needs a time zone: datetime(..., tzinfo=UTC)")
            start = start.timestamp()
        self._start_ns = round(start * NANOSECONDS)
        self._passed_ns = 0
        self._cpu = 0.0
        self._looks = 0
        self.waited = 0.0

    def time_ns(self) -> int:
        """
        The time of day, in nanoseconds since 1970.
        """
        self._look()
        return self._start_ns + self._passed_ns

    def monotonic(self) -> float:
        """
        Seconds that have passed since the start.
        """
        return self._passed_ns / NANOSECONDS

    def cpu(self) -> float:
        """
        Seconds of processor time, as far as the test has set them; none pass by themselves.
        """
        self._look()
        return self._cpu

    def sleep(self, seconds: float) -> None:
        """
        Wait: the time has passed at once.
        """
        self.advance(seconds)
        self.waited += seconds

    def advance(self, seconds: float, *, cpu: float = 0.0) -> None:
        """
        Let time pass, and so many seconds of processor time.

        Raises:
            ValueError: A clock does not go back; make a new one.
        """
        if seconds < 0 or cpu < 0:
            raise ValueError("time does not go back; give the host a new clock instead")
        self._passed_ns += round(seconds * NANOSECONDS)
        self._cpu += cpu
        self._looks = 0

    def _look(self) -> None:
        self._looks += 1
        if self._looks > LOOKS_IN_A_ROW:
            self.advance(LOOK_SECONDS, cpu=LOOK_SECONDS)
            self.waited += LOOK_SECONDS
            self._looks = LOOKS_IN_A_ROW

    def __repr__(self) -> str:
        moment = datetime.fromtimestamp((self._start_ns + self._passed_ns) / NANOSECONDS, UTC)
        return f"<ManualClock at {moment.isoformat()}>"

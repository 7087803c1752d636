"""
How things are measured: what is compared takes turns in one run, so that what else the machine does hits all
of them; ratios are taken round by round; what is told is the median, with the quartiles as spread.

Processor time is what is measured wherever one process does the work; who waits is told in time that passes.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

FEWEST_ROUNDS = 7

IDLE_C_HOST = 1.24e-6
"""Seconds of the host in C for an event of 15 fields, on an idle machine, where the bounds in µs are from."""

IDLE_BARE_STATE = 42e-6
"""Seconds that a bare Lua state took there."""

Round = Callable[[], float]
"""Does a contender's work once and answers what it took, for one of what it did."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What the command line says of how to measure.

    Attributes:
        rounds: How often each contender has its turn.

        seconds: About how long a turn takes, at least.
    """

    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Spread:
    """
    What several rounds found.

    Attributes:
        median: The middle.

        low: The first quartile; ``high`` is the third.

        rounds: How many there were.
    """

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, found: Sequence[float]) -> Spread:
        """
        The spread of one value or more.
        """
        if len(found) == 1:
            return cls(found[0], found[0], found[0], 1)
        low, middle, high = statistics.quantiles(found, n=4, method="inclusive")
        return cls(middle, low, high, len(found))

    @classmethod
    def ratio(cls, of: Sequence[float], to: Sequence[float]) -> Spread:
        """
        The spread of ratios, round by round.
        """
        return cls.of([mine / other for mine, other in zip(of, to, strict=True)])

    def times(self, factor: float) -> Spread:
        """
        The same in another unit.
        """
        return Spread(self.median * factor, self.low * factor, self.high * factor, self.rounds)

    def to_json(self) -> dict[str, float]:
        """
        As the results keep it.
        """
        return asdict(self)


def in_turns(
    contenders: Mapping[str, Round], rounds: int, *, least: int = FEWEST_ROUNDS, seconds: float = math.inf
) -> dict[str, list[float]]:
    """
    What each contender took in each round; every other round goes backwards. A round before the first warms
    up. When so many seconds are over there are no more rounds than the least.
    """
    began = time.monotonic()
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(-1, rounds):
        if number >= least and time.monotonic() - began > seconds:
            break
        for name in list(contenders)[:: 1 if number % 2 else -1]:
            gc.collect()
            took = contenders[name]()
            if number >= 0:
                found[name].append(took)
    return found


def processor(work: Callable[[], object], times: int = 1) -> Round:
    """
    A round that does the work so often and answers the processor time of this process for one.
    """

    def round_() -> float:
        began = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - began) / times

    return round_


def passing(work: Callable[[], object], times: int = 1) -> Round:
    """
    The same in time that passes.
    """

    def round_() -> float:
        began = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - began) / times

    return round_


def repeats(one: float, seconds: float) -> int:
    """
    How often to do in a round what takes so long once.
    """
    return max(1, round(seconds / max(one, 1e-7)))

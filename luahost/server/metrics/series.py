"""
Numbers as they grow: what happened so often, took so long, came to so much. Threads may share all of them.

prometheus_client's own cost several times as much at each step, and each transaction makes some twenty; so it
gets these when somebody looks, and writes them.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar


class Count:
    """
    How often something happened.

    Attributes:
        value: That.
    """

    __slots__ = ("_lock", "value")

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def inc(self, number: int = 1) -> None:
        """
        It happened again, perhaps several times.
        """
        with self._lock:
            self.value += number


class Sum:
    """
    What several numbers come to.

    Attributes:
        count: How many there are.

        total: Their sum.
    """

    __slots__ = ("_lock", "count", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        """
        One more.
        """
        with self._lock:
            self.count += 1
            self.total += value


class Spread:
    """
    How long things took.

    Args:
        bounds: The upper bounds of buckets, in order.

    Attributes:
        total: The sum.
    """

    __slots__ = ("_bounds", "_counts", "_lock", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.total = 0.0
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._lock = threading.Lock()

    def observe(self, seconds: float) -> None:
        """
        One more took so long.
        """
        bucket = bisect_left(self._bounds, seconds)
        with self._lock:
            self._counts[bucket] += 1
            self.total += seconds

    def buckets(self) -> list[tuple[float, int]]:
        """
        How many took at most so long, for each bound and for ever.
        """
        found, sum_ = [], 0
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            sum_ += count
            found.append((bound, sum_))
        return found


Number = TypeVar("Number", Count, Sum, Spread)


class Series(dict[tuple[str, ...], Number], Generic[Number]):
    """
    The numbers of a metric by the values of their labels, each there once it is asked for.

    Args:
        name: The metric's, without ``_total``.

        words: What it says, a sentence.

        labels: The names of its labels. Without any its number is there from the beginning.

        new: Makes a number.
    """

    def __init__(self, name: str, words: str, labels: Sequence[str], new: Callable[[], Number]) -> None:
        super().__init__()
        self.name = name
        self.words = words
        self.labels = labels
        self._new: Callable[[], Number] = new
        if not labels:
            self[()] = new()

    def __missing__(self, labels: tuple[str, ...]) -> Number:
        # Whoever comes at the same time gets the same.
        return self.setdefault(labels, self._new())

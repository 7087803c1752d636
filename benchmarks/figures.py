"""
What measurements find: figures, some with a target, and series that show growth. The results keep them as
JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import Spread
from benchmarks.targets import TARGETS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """
    Something measured.

    Attributes:
        name: What, in words.

        spread: What the rounds found.

        unit: ``x`` for ratios, or ``µs``, ``ms``, ``KB``, ``bytes``, ``per s``.

        target: The key in :data:`benchmarks.targets.TARGETS` of what is asked of it, "" for nothing.

        least_of: The key of the target for which this is the least that can be seen on Python and lupa, ""
            for none.
    """

    name: str
    spread: Spread
    unit: str
    target: str = ""
    least_of: str = ""

    def to_json(self) -> Json:
        """
        As the results keep it, with what is asked and whether that is met.
        """
        found: Json = {"name": self.name, "unit": self.unit, **self.spread.to_json()}
        if self.target:
            found |= {"target": self.target, "met": TARGETS[self.target].met(self.spread.median)}
        if self.least_of:
            found["least_of"] = self.least_of
        return found


@dataclass(frozen=True, slots=True)
class Series:
    """
    How something grows.

    Attributes:
        name: What is measured, in words.

        unit: Of what is measured.

        over: What it grows over, in words.

        points: How many there were of that, and what was measured then.
    """

    name: str
    unit: str
    over: str
    points: tuple[tuple[int, Spread], ...]

    def to_json(self) -> Json:
        """
        As the results keep it.
        """
        points = [{"at": at, **spread.to_json()} for at, spread in self.points]
        return {"name": self.name, "unit": self.unit, "over": self.over, "points": points}


@dataclass(frozen=True, slots=True)
class Missing:
    """
    What could not be measured, and why.
    """

    words: str

    def to_json(self) -> Json:
        """
        As the results keep it.
        """
        return {"missing": self.words}


Found = Iterator[Figure | Series | Missing]
"""What a part of the benchmark yields."""

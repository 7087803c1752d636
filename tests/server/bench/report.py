"""
Lines of figures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """
    A rate, and what it is to be seen beside.

    Attributes:
        rate: Transactions a second.

        disk: The disk's own rate in the same run, see :func:`~tests.server.bench.disk.disk_rate`.

        cpu_seconds: Processor time of the server for each.

        asked: How many times the disk's rate are asked for; None if nothing is.
    """

    rate: float
    disk: float
    cpu_seconds: float
    asked: float | None = None


def median(found: Sequence[Figure]) -> Figure:
    """
    The figure in the middle, by its ratio to the disk; an upper one if there are two.
    """
    return sorted(found, key=lambda each: each.rate / each.disk)[len(found) // 2]


def line(name: str, figure: Figure) -> None:
    """
    Say it.
    """
    times = figure.rate / figure.disk
    say(
        name,
        f"{figure.rate:9,.0f}/s  {times:6.2f} x the disk's {figure.disk:,.0f}/s"
        f"  {figure.cpu_seconds * 1e6:7.1f} us CPU each",
        None if figure.asked is None else (f"at least {figure.asked:g} x", times >= figure.asked),
    )


def say(name: str, words: str, asked: tuple[str, bool] | None = None) -> None:
    """
    A line: what was measured, and whether it is what is asked for.
    """
    verdict = "" if asked is None else f"  asked: {asked[0]}: {'yes' if asked[1] else 'NO'}"
    sys.stdout.write(f"{name:{WIDTH}} {words}{verdict}\n")
    sys.stdout.flush()

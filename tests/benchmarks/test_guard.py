"""
What the guard says of counts. That it counts, ``make guard`` itself shows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.guard.counts import compared, interpreter, keep, kept
from benchmarks.guard.workloads import SIZES


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(1000, "as kept"), (1100, "as kept"), (1101, "more"), (900, "as kept"), (899, "fewer")],
)
def test_band(now: int, verdict: str) -> None:
    """
    A tenth more or less is as kept; what is beyond that is told.
    """
    (found,) = compared({"session": now}, {"session": 1000})

    assert found.verdict == verdict


def test_kept_for_each_interpreter(tmp_path: Path) -> None:
    """
    To keep the counts of one interpreter leaves those of others alone.
    """
    file = tmp_path / "counts.json"
    keep({"session": 1}, "python 3.11", file)
    keep({"session": 2}, "python 3.12", file)
    keep({"session": 3}, "python 3.11", file)

    assert kept(file) == {"python 3.11": {"session": 3}, "python 3.12": {"session": 2}}


def test_what_the_repository_keeps() -> None:
    """
    The repository has a count of every workload, for each interpreter that it has counts for.
    """
    assert kept()
    assert all(set(counts) == set(SIZES) for counts in kept().values())
    assert all(count > 0 for counts in kept().values() for count in counts.values())


def test_interpreter_is_named() -> None:
    """
    Counts are kept by what they hang on: Python's minor version, lupa's version, the processor's kind.
    """
    assert interpreter().startswith("python 3.")
    assert ", lupa 2." in interpreter()

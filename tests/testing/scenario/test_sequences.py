"""
Lists of expectations against lists of facts.
"""

from __future__ import annotations

from functools import partial

import pytest

from luahost.testing.scenario.matchers import Equal
from luahost.testing.scenario.sequences import (
    Expected,
    Fact,
    exactly,
    in_any_order,
    in_order,
    none_of,
)


def facts(text: str) -> list[Fact]:
    """
    ``a1 b2``: a fact with the head a and the detail 1, and so on.
    """
    return [Fact(word[0], word[1:], partial(str, word)) for word in text.split()]


def expected(text: str) -> list[Expected]:
    """
    ``a1 b``: an a with the detail 1, and any b; each on a line of its own.
    """
    return [
        Expected(word, line, word[0].__eq__, Equal(word[1:]) if word[1:] else None)
        for line, word in enumerate(text.split(), 1)
    ]


@pytest.mark.parametrize(
    ("wanted", "happened", "line", "lines"),
    [
        ("", "", None, None),
        ("a b", "a1 b2", None, None),
        ("a1 b2", "a1 b2", None, None),
        ("a b", "a1", 2, ["    a1", "  - b"]),
        ("a", "a1 b2", None, ["    a1", "  + b2"]),
        ("b", "a1 b2", None, ["  + a1", "    b2"]),
        ("a1 b2 c3", "a1 b9 c3", 2, ["    a1", "    b2", '      - "2"', '      + "9"', "    c3"]),
        ("a1 a2", "a2 a1", 1, ['  - a1: "1"', "    a2", "  + a1"]),
        ("a b c", "c1 a2 b3", 3, ["  + c1", "    a2", "    b3", "  - c"]),
        ("a", "", 1, ["  - a"]),
        ("", "a1", None, ["  + a1"]),
    ],
)
def test_exactly(wanted: str, happened: str, line: int | None, lines: list[str] | None) -> None:
    """
    A list is all that there is, in order; the report aligns what belongs together.
    """
    report = exactly(expected(wanted), facts(happened))

    assert (None if report is None else report.lines) == lines
    assert (None if report is None else report.line) == line


def test_many_alike_are_shortened() -> None:
    """
    Of many items that are as expected a few are shown.
    """
    report = exactly(expected("a " * 20 + "b"), facts("a1 " * 20))

    assert report is not None
    assert report.lines == ["    a1"] * 5 + ["    … 15 more as expected", "  - b"]


@pytest.mark.parametrize(
    ("wanted", "happened", "lines"),
    [
        ("a c", "a1 b2 c3", None),
        ("", "a1", None),
        ("a1 a2", "a1 a9 a2", None),
        ("c a", "a1 b2 c3", ["  - a", "  this happened:", "    a1", "    b2", "    c3"]),
        ("a2", "a1", ["    a2", '      - "2"', '      + "1"', "  this happened:", "    a1"]),
        ("a", "", ["  - a", "  nothing of the kind happened"]),
    ],
)
def test_in_order(wanted: str, happened: str, lines: list[str] | None) -> None:
    """
    What is contained has its order, and others may be between.
    """
    report = in_order(expected(wanted), facts(happened))

    assert (None if report is None else report.lines) == lines


@pytest.mark.parametrize(
    ("wanted", "happened", "lines"),
    [
        ("a b", "b1 a2", None),
        # The first must leave the fact that it finds first to the second.
        ("a a1", "a1 a2", None),
        ("a1 b", "b2 a3", ["    b2", "    a1", '      - "1"', '      + "3"']),
        ("a", "a1 b2", ["    a1", "  + b2"]),
    ],
)
def test_in_any_order(wanted: str, happened: str, lines: list[str] | None) -> None:
    """
    Without an order each expectation finds a fact of its own, if there is a way.
    """
    report = in_any_order(expected(wanted), facts(happened))

    assert (None if report is None else report.lines) == lines


@pytest.mark.parametrize(
    ("unwanted", "happened", "lines"),
    [("a", "b1", None), ("a2", "a1", None), ("a b2", "a1 b2 a3", ["  + a1", "  + a3", "  + b2"])],
)
def test_none_of(unwanted: str, happened: str, lines: list[str] | None) -> None:
    """
    What must be absent is told of if it is there.
    """
    report = none_of(expected(unwanted), facts(happened))

    assert (None if report is None else report.lines) == lines

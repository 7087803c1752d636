"""
Lists of what is expected against lists of what happened: which belong together, and a report if some do not.

Knows nothing of calls or requests: those are heads (``POST https://push.example/``) with details here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from luahost.dataclass import dataclass, field
from luahost.testing.scenario.matchers import Difference, Matcher

MOST_ALIKE = 6
"""Items as expected that are shown in a row, in a report about others."""


@dataclass(frozen=True, slots=True)
class Fact:
    """
    Something that happened.

    Attributes:
        head: What it is, in a few words that expectations are compared with.

        details: What expectations may say more about.

        words: It in one line; for reports, so that it is asked for only where there is one.
    """

    head: str
    details: Any
    words: Callable[[], str]

    @property
    def summary(self) -> str:
        """
        It in one line.
        """
        return self.words()


@dataclass(frozen=True, slots=True)
class Expected:
    """
    Something that should happen.

    Attributes:
        words: It in one line, as it is written.

        line: Where, from 1.

        is_one: Whether a fact with this head may be it.

        details: What more is expected of it, None for nothing.
    """

    words: str
    line: int
    is_one: Callable[[str], bool]
    details: Matcher | None = None

    def is_met_by(self, fact: Fact) -> bool:
        """
        Whether this is what was expected.
        """
        return self.is_one(fact.head) and (self.details is None or self.details.matches(fact.details))

    def differences(self, fact: Fact) -> list[Difference]:
        """
        In what details a fact with the right head is not as expected.
        """
        return [] if self.details is None else list(self.details.differences(fact.details))


@dataclass(slots=True)
class Report:
    """
    How what is expected differs from what happened.

    Attributes:
        line: The first expectation that was not met, None if all were.

        lines: What ``- `` was expected and ``+ `` happened, in order.
    """

    line: int | None = None
    lines: list[str] = field(default_factory=list)

    def missing(self, expected: Expected) -> None:
        """
        It did not happen.
        """
        self._blame(expected)
        details = f": {expected.details.words}" if expected.details is not None else ""
        self.lines.append(f"  - {expected.words}{details}")

    def surplus(self, fact: Fact) -> None:
        """
        It should not have happened.
        """
        self.lines.append(f"  + {fact.summary}")

    def alike(self, facts: Sequence[Fact]) -> None:
        """
        These are as expected.
        """
        shown = facts if len(facts) <= MOST_ALIKE else facts[: MOST_ALIKE - 1]
        self.lines += [f"    {fact.summary}" for fact in shown]
        if len(facts) > len(shown):
            self.lines.append(f"    … {len(facts) - len(shown)} more as expected")

    def different(self, expected: Expected, fact: Fact) -> None:
        """
        It happened, but not in all details as expected.
        """
        self._blame(expected)
        self.lines.append(f"    {expected.words}")
        for difference in expected.differences(fact):
            path = f"{difference.path}: " if difference.path else ""
            self.lines += [f"      - {path}{difference.expected}", f"      + {path}{difference.got}"]

    def _blame(self, expected: Expected) -> None:
        if self.line is None:
            self.line = expected.line


def exactly(expected: Sequence[Expected], facts: Sequence[Fact]) -> Report | None:
    """
    These and no others, in this order. None if it is so.
    """
    if len(expected) == len(facts) and all(map(Expected.is_met_by, expected, facts)):
        return None
    report = Report()
    here = there = 0
    alike: list[Fact] = []
    for one, other in [*_alignment(expected, facts), (len(expected), len(facts))]:
        if (one, other) != (here, there) or one == len(expected):
            report.alike(alike)
            alike = []
            _gap(report, expected[here:one], facts[there:other])
        alike += facts[other : other + 1]
        here, there = one + 1, other + 1
    return report


def in_order(expected: Sequence[Expected], facts: Sequence[Fact]) -> Report | None:
    """
    These, in this order, and others may be between them. None if it is so.
    """
    report = Report()
    position = 0
    for one in expected:
        found = next((i for i in range(position, len(facts)) if one.is_met_by(facts[i])), None)
        if found is not None:
            position = found + 1
            continue
        nearest = _nearest(one, facts[position:])
        if nearest is None:
            report.missing(one)
        else:
            report.different(one, nearest)
    if report.line is None:
        return None
    report.lines += (
        ["  this happened:", *(f"    {fact.summary}" for fact in facts)]
        if facts
        else ["  nothing of the kind happened"]
    )
    return report


def in_any_order(expected: Sequence[Expected], facts: Sequence[Fact]) -> Report | None:
    """
    These and no others, in any order. None if it is so.
    """
    owner: dict[int, int] = {}
    for number in range(len(expected)):
        _assign(number, expected, facts, owner, set())
    alike = [facts[index] for index in sorted(owner)]
    left = [one for number, one in enumerate(expected) if number not in owner.values()]
    others = [fact for index, fact in enumerate(facts) if index not in owner]
    if not left and not others:
        return None
    report = Report()
    report.alike(alike)
    _gap(report, left, others)
    return report


def none_of(expected: Sequence[Expected], facts: Sequence[Fact]) -> Report | None:
    """
    None of these. None if it is so.
    """
    report = Report()
    for one in expected:
        for fact in facts:
            if one.is_met_by(fact):
                report.line = report.line or one.line
                report.surplus(fact)
    return report if report.lines else None


def _alignment(expected: Sequence[Expected], facts: Sequence[Fact]) -> Iterator[tuple[int, int]]:
    """
    The longest run of pairs that are as expected, in order: places in both lists.
    """
    rows, columns = len(expected), len(facts)
    met = [[one.is_met_by(fact) for fact in facts] for one in expected]
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]
    for row in reversed(range(rows)):
        for column in reversed(range(columns)):
            longest[row][column] = (
                longest[row + 1][column + 1] + 1
                if met[row][column]
                else max(longest[row + 1][column], longest[row][column + 1])
            )
    row = column = 0
    while row < rows and column < columns:
        if met[row][column]:
            yield row, column
            row, column = row + 1, column + 1
        elif longest[row + 1][column] >= longest[row][column + 1]:
            row += 1
        else:
            column += 1


def _gap(report: Report, expected: Sequence[Expected], facts: Sequence[Fact]) -> None:
    """
    What stands between two pairs: those of one head differ in details, the others are missing or too many.
    """
    left = list(facts)
    for one in expected:
        nearest = _nearest(one, left)
        if nearest is None:
            report.missing(one)
            continue
        for earlier in left[: left.index(nearest)]:
            report.surplus(earlier)
        del left[: left.index(nearest) + 1]
        report.different(one, nearest)
    for fact in left:
        report.surplus(fact)


def _nearest(one: Expected, facts: Sequence[Fact]) -> Fact | None:
    """
    The fact with the right head that differs least.
    """
    near = [fact for fact in facts if one.is_one(fact.head)]
    return min(near, key=lambda fact: len(one.differences(fact)), default=None)


def _assign(
    number: int,
    expected: Sequence[Expected],
    facts: Sequence[Fact],
    owner: dict[int, int],
    tried: set[int],
) -> bool:
    """
    Find a fact for an expectation, if need be by giving another expectation another one (Kuhn's algorithm).
    """
    for index, fact in enumerate(facts):
        if index in tried or not expected[number].is_met_by(fact):
            continue
        tried.add(index)
        if index not in owner or _assign(owner[index], expected, facts, owner, tried):
            owner[index] = number
            return True
    return False

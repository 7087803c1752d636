"""
Every recording of two real Dovecots, replayed: what the script was called with, what was logged, which named
events and which HTTP requests came of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.__main__ import differing
from tests.conformance.exceptions import exceptions
from tests.conformance.records import FIXTURES, Scenario, scenarios, scored
from tests.conformance.score import replay

ROOT = Path(__file__).parents[2]
ALL = scenarios(FIXTURES)
FEW = 0.01
"""The part of all scored records that may be exceptions."""


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: f"{scenario.version}-{scenario.name}")
def test_luahost_does_what_dovecot_did(scenario: Scenario) -> None:
    """
    Every record of a scenario is identical, but for the exceptions, none of which is listed needlessly.
    """
    reasons = exceptions()
    wrong: list[str] = []
    needless: list[int] = []
    compared = 0
    for one in replay(scenario):
        excepted = (scenario.version, scenario.name, one.step) in reasons
        compared += one.identical is not None
        if one.identical is False and not excepted:
            wrong += differing(one, None)
        if one.identical and excepted:
            needless.append(one.step)

    assert not wrong, "\n".join(wrong)
    assert not needless
    assert compared


def told_records() -> set[tuple[str, str, int]]:
    """
    Version, scenario and step of every record that tells its outcome.
    """
    return {
        (scenario.version, scenario.name, record["step"])
        for scenario in ALL
        for record in scenario.records()
        if scored(record)
    }


def test_few_records_are_exceptions() -> None:
    """
    Fewer than one record in a hundred may differ, and each of those is a record that tells its outcome.
    """
    told = told_records()

    assert exceptions().keys() <= told
    assert len(exceptions()) < FEW * len(told)


def test_the_readme_says_how_many() -> None:
    """
    The README's numbers are these.
    """
    total = len(told_records())
    identical = total - len(exceptions())

    assert f"{identical:,} of {total:,} records" in (ROOT / "README.md").read_text("utf-8")

"""
How the benchmark measures, and what it makes of what it finds; what is measured is ``make bench``'s.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import ledger, plot, report
from benchmarks.figures import Figure, Series
from benchmarks.hosts.process import floor
from benchmarks.measure import Spread, in_turns
from benchmarks.parts import PARTS
from benchmarks.scripts import long_script
from benchmarks.targets import TARGETS
from benchmarks.workload import FIELDS, flags_set, messages, write
from tests.debian import needs


def test_contenders_take_turns() -> None:
    """
    Each has its turn in each round, every other round backwards, and the first round only warms up.
    """
    turns: list[str] = []

    def turn(name: str) -> float:
        turns.append(name)
        return len(turns)

    found = in_turns({"a": lambda: turn("a"), "b": lambda: turn("b")}, 2)

    assert "".join(turns) == "ab" + "ba" + "ab"
    assert found == {"a": [4, 5], "b": [3, 6]}


def test_no_more_rounds_when_time_is_over() -> None:
    """
    When the time is over there are as many rounds as there have to be, and no more.
    """
    taken = in_turns({"a": lambda: 1.0}, 9, least=3, seconds=0.0)

    assert taken == {"a": [1.0] * 3}


def test_ratio_is_taken_round_by_round() -> None:
    """
    A round in which everything is slow changes no ratio.
    """
    assert Spread.ratio([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == Spread(2.0, 2.0, 2.0, 3)


@pytest.mark.parametrize(("key", "met", "missed"), [("version", 1.2, 1.21), ("scenarios", 3.0, 2.99)])
def test_bounds(key: str, met: float, missed: float) -> None:
    """
    A bound is the most that is asked of some figures, and the least of others.
    """
    assert TARGETS[key].met(met)
    assert not TARGETS[key].met(missed)


def test_part_measured_again(tmp_path: Path) -> None:
    """
    A part that is measured again replaces its own figures and no others.
    """
    ledger.replaced("http", {"found": [1]}, tmp_path)
    ledger.replaced("events", {"found": [2]}, tmp_path)

    assert ledger.replaced("http", {"found": [3]}, tmp_path) == {
        "http": {"found": [3]},
        "events": {"found": [2]},
    }
    assert ledger.read(tmp_path)["http"] == {"found": [3]}


@pytest.mark.parametrize("complete", [True, False])
def test_interrupted(complete: bool) -> None:
    """
    The page with the results says of a part that was interrupted that figures are missing.
    """
    part = {"when": "now", "rounds": 7, "took_seconds": 1.0, "commit": "1", "machine": {"cores": 2}}
    part |= {"complete": complete, "found": [Figure("a ratio", Spread.of([1.0]), "x").to_json()]}

    assert ("It was interrupted" in report.results_page({"events": part})) is not complete


def test_page_has_every_target() -> None:
    """
    The page tells of each target whether it is met, missed or was not measured.
    """
    found = [Figure("a", Spread.of([1.0]), "x", "version"), Figure("b", Spread.of([1.0]), "x", "scenarios")]
    page = report.performance_page({"startup": {"found": [each.to_json() for each in found]}}, list(PARTS))

    assert "| luahost --version, to python -c pass | at most 1.2 | 1 x |  | met |" in page
    assert "| at least 3 | 1 x |  | **missed** |" in page
    assert page.count("| not measured | | |") == len(TARGETS) - 2


def test_reasons_and_floors() -> None:
    """
    Beside what was seen stands what a bare sandbox takes; a reason for several misses is told once.
    """
    found = [
        Figure("a", Spread.of([9.0]), "x", "event objects"),
        Figure("b", Spread.of([9.0]), "x", "event lists"),
        Figure("c", Spread.of([1.5]), "x", least_of="event objects"),
    ]
    page = report.performance_page({"events": {"found": [each.to_json() for each in found]}}, list(PARTS))

    assert "| at most 1.35 | 9 x | 1.5 x | **missed** |" in page
    assert page.count(TARGETS["event lists"].reason) == 1


def test_plot() -> None:
    """
    The plot is XML with a point for each measurement.
    """
    series = Series(
        "an event", "µs", "events", ((1, Spread(2.0, 1.5, 3.0, 7)), (1000, Spread(2.0, 1.0, 4.0, 7)))
    )
    tree = ElementTree.fromstring(plot.growth([series.to_json()]))

    assert len(tree.findall(".//{http://www.w3.org/2000/svg}circle")) == 2


@pytest.mark.parametrize("form", FIELDS)
def test_workload_for_other_hosts(form: str, tmp_path: Path) -> None:
    """
    Every event is a line with its form and all its fields, and an empty line is between transactions.
    """
    mail = flags_set(3) if form == "flags" else messages(events=3, lists=form == "lists", transactions=2)
    write(tmp_path / "mail", form, mail)
    blocks = [block.splitlines() for block in (tmp_path / "mail").read_text("utf-8").split("\n\n")]

    assert [len(block) for block in blocks] == [len(transaction) for transaction in mail]
    assert all(len(line.split("\t")) == 1 + len(FIELDS[form]) for block in blocks for line in block)


@needs("lua5.4")
def test_pure_lua_runs_the_workload(tmp_path: Path) -> None:
    """
    The floor answers with the time that so many runs of the workload took, as often as it is asked.
    """
    write(tmp_path / "mail", "lists", messages(events=2, lists=True, transactions=2))
    with floor(tmp_path / "mail") as host:
        assert host.seconds(1) >= 0
        assert host.seconds(50) > 0


def test_session_script_has_200_lines() -> None:
    """
    The script with which sessions are measured is about as long as is asked.
    """
    assert 200 <= len(long_script().splitlines()) <= 220

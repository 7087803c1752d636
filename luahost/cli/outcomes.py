"""
Two ways to show tests: text for people, with annotations for GitHub if asked, and JSON lines for programs.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol, TextIO

from luahost.effects import json_value, to_json
from luahost.testing.outcome import Outcome, Problem, Result
from luahost.testing.run import Tally
from luahost.timeline import BOLD, DIM, RED, YELLOW, inline, printable, told

if TYPE_CHECKING:
    from luahost.testing.fault_matrix import Matrix

GREEN = "32"

_COLOURS: dict[Result, str] = {"passed": GREEN, "failed": RED, "error": RED, "pending": YELLOW}

PROGRESS_SECONDS = 0.1
"""How often a terminal hears how far the run is."""


class Show(Protocol):
    """
    Hears of a run as it goes.
    """

    def begin(self, total: int) -> None:
        """
        So many tests are run.
        """

    def words(self, outcome: Outcome) -> str:
        """
        What to say of one of them, with line ends. The process that asks may be another one than that which
        says it.
        """

    def outcome(self, words: str, tally: Tally) -> None:
        """
        One of them has been run, and this is to be said of it.
        """

    def end(self, tally: Tally) -> None:
        """
        That was all.
        """

    def coverage(self, table: str, percent: float, complaint: str | None) -> None:
        """
        Which Lua lines ran, how many in per cent, and what is wrong with that.
        """

    def faults_done(self, done: int, total: int) -> None:
        """
        So many tests of so many have been run under faults.
        """

    def faults(self, matrix: Matrix) -> None:
        """
        What faults do to the handlers.
        """


class TextShow:
    """
    Failures as they come, and a summary; on a terminal how far the run is, and colours unless ``NO_COLOR`` is
    set.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        verbose: bool = False,
        github: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._now = now
        self._verbose = verbose
        self._github = github
        self._terminal = stream.isatty()
        self._colour = self._terminal and not os.environ.get("NO_COLOR")
        self._last_progress = now()
        self._progress_shown = False

    def begin(self, total: int) -> None:
        """
        Nothing to say yet.
        """

    def words(self, outcome: Outcome) -> str:
        """
        What is wrong with it; if nothing is, that it passed, if asked.
        """
        if outcome.result in ("failed", "error"):
            return "".join(f"{line}\n" for line in self._failure(outcome))
        if not self._verbose and outcome.result != "pending":
            return ""
        reason = f"  {inline(outcome.reason)}" if outcome.reason else ""
        took = self._paint(DIM, f"  {outcome.seconds * 1000:.0f} ms") if not reason else ""
        return f"{self._label(outcome.result)} {inline(outcome.node)}{reason}{took}\n"

    def outcome(self, words: str, tally: Tally) -> None:
        """
        These words, and how far the run is.
        """
        self._clear()
        if words:
            self._stream.write(words)
            self._stream.flush()
        bad = tally.counts["failed"] + tally.counts["error"]
        self._progress(f"{tally.done} of {tally.total}" + (f", {bad} failed" if bad else ""))

    def end(self, tally: Tally) -> None:
        """
        The sum of it all.
        """
        self._clear()
        said = [
            f"{tally.counts[result]} {_noun(result, tally.counts[result])}"
            for result in _SUMMARY
            if tally.counts[result]
        ]
        if tally.interrupted:
            said.append(f"interrupted after {tally.done} of {tally.total}")
        elif tally.done < tally.total:
            said.append(f"{tally.total - tally.done} not run")
        colour = RED if tally.exit_code else BOLD
        self._write(self._paint(colour, ", ".join(said)) + f" in {tally.seconds:.2f} s")

    def coverage(self, table: str, percent: float, complaint: str | None) -> None:
        """
        The table, and the complaint below it.
        """
        self._write("\n" + table.rstrip("\n"))
        if complaint is not None:
            self._write(self._paint(RED, complaint))

    def faults_done(self, done: int, total: int) -> None:
        """
        How far it is, on a terminal.
        """
        self._progress(f"under faults: {done} of {total}")

    def faults(self, matrix: Matrix) -> None:
        """
        A table for each handler.
        """
        from luahost.testing.fault_matrix.table import table

        self._clear()
        self._write("")
        for line in table(matrix, verbose=self._verbose).split("\n"):
            colour = RED if line.startswith("  error under ") else "" if line.startswith(" ") else BOLD
            self._write(self._paint(colour, printable(line)))

    def _failure(self, outcome: Outcome) -> Iterator[str]:
        yield f"{self._label(outcome.result)} {self._paint(BOLD, inline(outcome.node))}"
        for problem in outcome.problems:
            yield f"  {inline(problem.place)}: {printable(problem.message)}"
            for line in problem.detail.split("\n") if problem.detail else ():
                colour = {"-": GREEN, "+": RED, ">": BOLD}.get(line.strip()[:1], "")
                yield f"    {self._paint(colour, printable(line))}"
        if outcome.effects:
            yield "  what happened:"
            for line in told(outcome.effects).splitlines():
                yield f"  {self._paint(DIM, line)}"
        yield ""
        if self._github:
            for problem in outcome.problems:
                yield annotation(outcome, problem)

    def _label(self, result: Result) -> str:
        return self._paint(
            _COLOURS[result], f"{result.upper() if result in ('failed', 'error') else result:7}"
        )

    def _progress(self, words: str) -> None:
        if not self._terminal or self._now() - self._last_progress < PROGRESS_SECONDS:
            return
        self._last_progress = self._now()
        self._stream.write(f"\r\x1b[K{words}" if self._progress_shown else words)
        self._stream.flush()
        self._progress_shown = True

    def _clear(self) -> None:
        if self._progress_shown:
            self._stream.write("\r\x1b[K")
            self._progress_shown = False

    def _paint(self, colour: str, words: str) -> str:
        return f"\x1b[{colour}m{words}\x1b[0m" if self._colour and colour else words

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


_SUMMARY: tuple[Result, ...] = ("failed", "error", "passed", "pending")


def _noun(result: Result, count: int) -> str:
    return "errors" if result == "error" and count != 1 else result


def annotation(outcome: Outcome, problem: Problem) -> str:
    """
    A problem as GitHub Actions wants it, to show it at its line.

    Source: GitHub's documentation, "Workflow commands for GitHub Actions", setting an error message.
    """
    place = f"file={_property(problem.file)}"
    for name, number in (("line", problem.line), ("col", problem.column)):
        place += "" if number is None else f",{name}={number}"
    words = problem.message + (f"\n{problem.detail}" if problem.detail else "")
    return f"::error {place},title={_property(outcome.node)}::{_data(printable(words))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(inline(text)).replace(":", "%3A").replace(",", "%2C")


class JsonShow:
    """
    One object a line for each test, and one for the summary.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, total: int) -> None:
        """
        Nothing: the summary has the number.
        """

    def words(self, outcome: Outcome) -> str:
        """
        One line.
        """
        return _line(
            {
                "test": outcome.node,
                "file": outcome.file,
                "name": outcome.name,
                **({"variant": outcome.variant} if outcome.variant else {}),
                "line": outcome.line,
                "result": outcome.result,
                **({"reason": outcome.reason} if outcome.reason else {}),
                "seconds": round(outcome.seconds, 6),
                "problems": [_problem(problem) for problem in outcome.problems],
                "effects": [to_json(effect) for effect in outcome.effects],
            }
        )

    def outcome(self, words: str, tally: Tally) -> None:
        """
        That line.
        """
        self._stream.write(words)
        self._stream.flush()

    def end(self, tally: Tally) -> None:
        """
        The last line.
        """
        summary: dict[str, object] = {result: tally.counts[result] for result in _SUMMARY}
        summary |= {"not_run": tally.total - tally.done, "interrupted": tally.interrupted}
        self._write({"summary": {**summary, "seconds": round(tally.seconds, 6)}})

    def coverage(self, table: str, percent: float, complaint: str | None) -> None:
        """
        A line with the number; for all else there are reports in files.
        """
        wrong = {"complaint": complaint} if complaint is not None else {}
        self._write({"coverage": {"percent": round(percent, 2), **wrong}})

    def faults_done(self, done: int, total: int) -> None:
        """
        Nothing.
        """

    def faults(self, matrix: Matrix) -> None:
        """
        A line for each handler and fault, and one for them all.
        """
        from luahost.testing.fault_matrix.json_form import objects

        for found in objects(matrix):
            self._write(found)

    def _write(self, found: dict[str, object]) -> None:
        self._stream.write(_line(found))
        self._stream.flush()


def _line(found: dict[str, object]) -> str:
    return json.dumps(json_value(found), allow_nan=False) + "\n"


def _problem(problem: Problem) -> dict[str, object]:
    found = {
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "detail": problem.detail,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}

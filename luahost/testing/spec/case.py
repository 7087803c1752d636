"""
A test of a spec as a case: run it, and judge.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from luahost.dataclass import dataclass
from luahost.errors import InputError, ScriptError, UsageError
from luahost.testing.collect import BrokenFile
from luahost.testing.outcome import Outcome, Problem, Result, RunOptions, outcome_of
from luahost.testing.problems import excerpt, script_path
from luahost.testing.spec.directives import Directives
from luahost.testing.spec.running import NotLoaded, Run, Spec, found_tests, without_place


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecCase:
    """
    A :class:`luahost.testing.Case` made of a test of a spec.

    Attributes:
        spec: The file, in a dialect and a Lua.

        number: Which of its tests, from 1.

        runs: Whether there is anything to run; if not it is pending.
    """

    spec: Spec
    number: int
    name: str
    line: int
    variant: str
    runs: bool

    @property
    def file(self) -> str:
        return self.spec.file

    @property
    def script(self) -> str:
        """
        Path of the script.
        """
        return self.spec.script

    def run(self) -> Outcome:
        """
        Run it. What goes wrong is in the outcome.
        """
        if not self.runs:
            return outcome_of(self, "pending", 0.0)
        begin = time.perf_counter()
        run = Run(self.spec, line=self.line)
        try:
            run.run(self.number)
            judged = _judged(run, self)
        except UsageError as error:
            judged = Judged("error", (_complaint(error, self),))
        return outcome_of(
            self, judged.result, time.perf_counter() - begin, judged.problems, run.effects, judged.reason
        )


class Judged(NamedTuple):
    """
    What a run has come to, as in its outcome.
    """

    result: Result
    problems: tuple[Problem, ...] = ()
    reason: str = ""


def _judged(run: Run, case: SpecCase) -> Judged:
    reasons = [found["message"] for found in run.problems if found["kind"] == "pending"]
    wrong = [found for found in run.problems if found["kind"] != "pending"]
    if reasons and not wrong:
        return Judged("pending", reason=reasons[0])
    # An error explains what is missing after it, and a test that ends early what the endpoint misses.
    problems = [*run.errors, *(_problem(found, run, case) for found in wrong)]
    if run.stopped is not None and not run.errors:
        problems.append(_stopped(run.stopped, run, case))
    if wrong and not run.errors and all(_is_own_fault(found, case) for found in wrong):
        return Judged("error", (*problems, *run.of_endpoint))
    problems += run.of_endpoint
    return Judged("failed" if problems else "passed", tuple(problems))


def _is_own_fault(found: Mapping[str, Any], case: SpecCase) -> bool:
    """
    Whether the test itself is broken: an error that no line of the script has raised.
    """
    return bool(found["kind"] == "error" and found.get("file", case.file) != case.script)


def _problem(found: Mapping[str, Any], run: Run, case: SpecCase) -> Problem:
    """
    What went wrong, with the lines around it.
    """
    file, line = found.get("file"), found.get("line")
    message = without_place(found["message"], file, line)
    if "where" in found:
        message = f"{found['where']}: {message}"
    return _pointing(message, file or case.file, line if file else case.line, found.get("traceback"), run)


def _pointing(message: str, file: str, line: int | None, traceback: str | None, run: Run) -> Problem:
    message, *more = _legible(message).split("\n")
    lines = [*more, *(excerpt(file, line) if run.shows(file) else ())]
    if traceback:
        lines += _legible(traceback).split("\n")
    return Problem(message=message, file=file, line=line, detail="\n".join(lines))


def _legible(text: str) -> str:
    """
    Text with bytes that are no UTF-8 in hex behind a backslash.
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _stopped(error: ScriptError, run: Run, case: SpecCase) -> Problem:
    file = script_path(error.file, case.file)
    message = without_place(error.message, error.file, error.line)
    return _pointing(message, file, error.line or case.line, error.traceback, run)


def _complaint(error: UsageError, case: SpecCase) -> Problem:
    if not isinstance(error, InputError):
        return Problem(message=str(error), file=case.file, line=case.line)
    return BrokenFile.of(case.file, error).problem


def _tests(spec: Spec) -> list[tuple[int, str, int, bool]]:
    """
    The tests of a spec: number, name, line, and whether there is anything to run.
    """
    try:
        return [(number, *test) for number, test in enumerate(found_tests(spec), 1)]
    except NotLoaded:
        # A test that fails, for there is nothing to run it in: what is wrong with the script is its verdict.
        return [(0, "the script", 1, True)]


def cases_of(file: str, source: bytes, said: Directives, options: RunOptions) -> list[SpecCase | BrokenFile]:
    """
    Each test of a spec in each of its dialects and Lua versions, or in those that are asked for.

    Raises:
        InputError: The file cannot be loaded.
    """
    dialects, versions = options.dialects or said.dialects, options.lua or said.lua
    several = len(dialects) * len(versions) > 1
    found: list[tuple[int, int, SpecCase]] = []
    for order, (dialect, lua) in enumerate((dialect, lua) for dialect in dialects for lua in versions):
        spec = Spec(file, source, said, dialect=dialect, lua=lua, options=options)
        variant = f"{dialect}-{lua if lua.startswith('lua') else 'lua' + lua}" if several else ""
        for number, name, line, runs in _tests(spec):
            case = SpecCase(spec=spec, number=number, name=name, line=line, variant=variant, runs=runs)
            found.append((number, order, case))
    return [case for _, _, case in sorted(found, key=lambda one: one[:2])]

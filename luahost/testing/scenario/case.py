"""
A scenario in one dialect and one Lua, as a case: ``running.py`` runs it, and here is what came of it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from luahost.dataclass import dataclass
from luahost.errors import InputError, UsageError
from luahost.testing.outcome import Outcome, Problem, Result, RunOptions, outcome_of
from luahost.testing.scenario.read import Scenario
from luahost.testing.scenario.running import Running, lua_name
from luahost.testing.scenario.snapshots import Snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioCase:
    """
    A :class:`luahost.testing.Case` made of a scenario.

    Attributes:
        scenario: What is run.

        dialect, lua: In which.

        variant: Both, if there is a choice.
    """

    scenario: Scenario
    dialect: str
    lua: str
    variant: str
    options: RunOptions
    snapshots: Snapshots

    @property
    def file(self) -> str:
        return self.scenario.file

    @property
    def name(self) -> str:
        return self.scenario.name

    @property
    def line(self) -> int:
        return self.scenario.line

    @property
    def script(self) -> str:
        """
        Path of the script.
        """
        return self.scenario.script

    def run(self) -> Outcome:
        """
        Run it. What goes wrong is in the outcome.
        """
        if self.scenario.pending is not None:
            return outcome_of(self, "pending", 0.0, reason=self.scenario.pending)
        begin = time.perf_counter()
        running = Running(self)
        problems: tuple[Problem, ...]
        try:
            problems = tuple(running.problems())
            result: Result = "failed" if problems else "passed"
        except UsageError as error:
            problems, result = (_complaint(error, self.scenario),), "error"
        if self.options.coverage is not None:
            self.options.coverage.add_faults(running.endpoint.faults)
        return outcome_of(self, result, time.perf_counter() - begin, problems, running.effects)


def _complaint(error: UsageError, scenario: Scenario) -> Problem:
    """
    A scenario that cannot be carried out, as a problem.
    """
    if not os.path.exists(scenario.script):
        return _without_script(scenario)
    if not isinstance(error, InputError):
        return Problem(message=str(error), file=scenario.file, line=scenario.line)
    return Problem(message=error.message, file=error.file, line=error.line, column=error.column)


def _without_script(scenario: Scenario) -> Problem:
    words = f"there is no script {scenario.script}"
    if scenario.script_line is None:
        words += ", which the file is called for; add script: FILE.lua"
    return Problem(message=words, file=scenario.file, line=scenario.script_line or scenario.line)


def cases_of(scenarios: Sequence[Scenario], options: RunOptions) -> list[ScenarioCase]:
    """
    Each scenario in each of its dialects and Lua versions, or in those that are asked for.
    """
    found: list[ScenarioCase] = []
    if not scenarios:
        return found
    snapshots = Snapshots(scenarios[0].file, [scenario.name for scenario in scenarios])
    for scenario in scenarios:
        dialects = options.dialects or scenario.dialects
        versions = options.lua or scenario.lua
        several = len(dialects) * len(versions) > 1
        for dialect in dialects:
            for lua in versions:
                found.append(
                    ScenarioCase(
                        scenario=scenario,
                        dialect=dialect,
                        lua=lua,
                        variant=f"{dialect}-{lua_name(lua)}" if several else "",
                        options=options,
                        snapshots=snapshots,
                    )
                )
    return found

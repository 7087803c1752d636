"""
A scenario in one dialect and one Lua: run it, and judge.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from luahost.effects import Effect
from luahost.errors import InputError, UsageError
from luahost.runtime import Limits
from luahost.sources import Input
from luahost.testing.clock import ManualClock
from luahost.testing.endpoint.answers import Fault
from luahost.testing.endpoint.endpoint import Endpoint
from luahost.testing.outcome import Outcome, Problem, Result, RunOptions
from luahost.testing.push import Push
from luahost.testing.scenario.acts import Act
from luahost.testing.scenario.evidence import Evidence
from luahost.testing.scenario.read import Scenario
from luahost.testing.scenario.snapshots import Snapshots
from luahost.testing.scenario.then import Expectations


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
            return self._outcome("pending", 0.0, reason=self.scenario.pending)
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
        return self._outcome(result, time.perf_counter() - begin, problems, running.effects)

    def _outcome(
        self,
        result: Result,
        seconds: float,
        problems: tuple[Problem, ...] = (),
        effects: Sequence[Effect] = (),
        reason: str = "",
    ) -> Outcome:
        return Outcome(
            file=self.file,
            name=self.name,
            variant=self.variant,
            line=self.line,
            result=result,
            problems=problems,
            reason=reason,
            effects=effects,
            seconds=seconds,
        )


def _complaint(error: UsageError, scenario: Scenario) -> Problem:
    """
    A scenario that cannot be carried out, as a problem.
    """
    if not os.path.exists(scenario.script):
        return _without_script(scenario)
    if not isinstance(error, InputError):
        return Problem(message=str(error), file=scenario.file, line=scenario.line)
    place = error.file if error.line is None else f"{error.file}:{error.line}"
    return Problem(message=str(error).removeprefix(f"{place}: "), file=error.file, line=error.line)


def _without_script(scenario: Scenario) -> Problem:
    words = f"there is no script {scenario.script}"
    if scenario.script_line is None:
        words += ", which the file is called for; add script: FILE.lua"
    return Problem(message=words, file=scenario.file, line=scenario.script_line or scenario.line)


class Running:
    """
    One run of a case.

    Attributes:
        effects: What has happened.

        endpoint: The HTTP double.

        clock: The script's clock.
    """

    def __init__(
        self,
        case: ScenarioCase,
        endpoint: Endpoint | None = None,
        *,
        listener: Callable[[Effect], None] | None = None,
    ) -> None:
        scenario = case.scenario
        self._case = case
        self._scenario = scenario
        self._listener = listener
        self.clock = ManualClock(scenario.clock)
        self.endpoint = endpoint or Endpoint()
        if endpoint is None:
            for route in scenario.endpoint:
                route.add_to(self.endpoint)
        self.effects: Sequence[Effect] = ()
        self._snapshots_taken = 0
        self._judged_errors = False

    def problems(self) -> Iterator[Problem]:
        """
        Run it, and tell of what is wrong.

        Raises:
            UsageError: The scenario cannot be carried out.
        """
        expected: list[Problem] = []
        with self._push() as push:
            self.effects = push.effects
            expected += self._acts(push)
        self._judge_end(push, expected)
        # An error explains what is missing after it.
        yield from self._verdict(push)
        yield from expected

    def happen(self, fault: Fault | None = None) -> None:
        """
        Run it, and judge nothing.

        Args:
            fault: What every request meets, whatever the scenario says; None for what it says.

        Raises:
            UsageError: The scenario cannot be carried out.
        """
        with self._push() as push:
            self.effects = push.effects
            for act in self._scenario.when:
                self._happen(act, push, fault)

    def _happen(self, act: Act, push: Push, fault: Fault | None = None) -> None:
        if act.wait_seconds is not None:
            self.clock.advance(act.wait_seconds)
        if act.fault is not None:
            (self.endpoint.fault,) = act.fault
        if fault is not None:
            self.endpoint.fault = fault
        if act.step is not None:
            push.happen(act.step)

    def _push(self) -> Push:
        scenario, case = self._scenario, self._case
        source = Input(name=scenario.file, user=scenario.user, steps=())
        return Push(
            scenario.script,
            user=source.mail_user(),
            mailboxes=scenario.mailboxes,
            settings=scenario.settings,
            dialect=case.dialect,
            lua=case.lua,
            endpoint=self.endpoint,
            clock=self.clock,
            seed=scenario.seed,
            debug=scenario.debug,
            folders=scenario.folders,
            limits=Limits(**scenario.limits) if scenario.limits else None,
            policy=scenario.policy,
            http=scenario.http,
            isolate=case.options.isolate,
            trusted=case.options.trusted,
            coverage=case.options.coverage,
            listener=self._listener,
        )

    def _acts(self, push: Push) -> Iterator[Problem]:
        mark, began, received = 0, self.clock.monotonic(), 0
        last = "before the first step"
        number = 0
        for act in self._scenario.when:
            if act.step is not None:
                number += 1
                last = f"after step {number} ({act.words})"
            self._happen(act, push)
            if act.then is not None:
                yield from self._judge(
                    act.then,
                    Evidence(
                        when=last,
                        effects=push.effects[mark:],
                        received=self.endpoint.requests[received:],
                        mailboxes_open=push.mailboxes_open,
                        seconds=self.clock.monotonic() - began,
                    ),
                )
                mark, began = len(push.effects), self.clock.monotonic()
                received = len(self.endpoint.requests)

    def _judge_end(self, push: Push, problems: list[Problem]) -> None:
        then = self._scenario.then
        if then is None:
            return
        evidence = Evidence(
            when="in the end",
            effects=push.effects,
            received=self.endpoint.requests,
            mailboxes_open=push.mailboxes_open,
            seconds=self.clock.monotonic(),
        )
        problems += self._judge(then, evidence)

    def _judge(self, then: Expectations, evidence: Evidence) -> Iterator[Problem]:
        self._judged_errors |= "errors" in then.aspects
        yield from then.problems(evidence)
        if then.snapshot:
            yield from self._snapshot(then, evidence)

    def _snapshot(self, then: Expectations, evidence: Evidence) -> Iterator[Problem]:
        # Few scenarios have one, so the others need not wait for it.
        from luahost.testing.scenario.redaction import redacted

        self._snapshots_taken += 1
        case = self._case
        part = f"{case.dialect}-{lua_name(case.lua)}"
        if self._snapshots_taken > 1:
            part += f" {self._snapshots_taken}"
        found = redacted(evidence.effects, script=self._scenario.script, settings=self._scenario.settings)
        if case.options.update:
            case.snapshots.update(case.name, part, found)
            return
        problem = case.snapshots.compare(case.name, part, found, line=then.line, test_file=case.file)
        if problem is not None:
            yield problem

    def _verdict(self, push: Push) -> Iterator[Problem]:
        if self._judged_errors:
            push.allow_errors()
        said = self.endpoint.problems
        for problem in push.verdict():
            if problem.line is None and problem.message in said:
                # It is the scenario that has the routes.
                line = self._endpoint_line(problem.message)
                yield replace(problem, file=self._scenario.file, line=line)
            else:
                yield problem

    def _endpoint_line(self, said: str) -> int:
        """
        The line of the route that is told of, or where the scenario begins.
        """
        for route, words in zip(self.endpoint.routes, self._scenario.endpoint, strict=False):
            if route.unused is not None and said.endswith(route.unused):
                return words.line
        return self._scenario.line


def lua_name(lua: str) -> str:
    """
    A Lua version in names of tests: ``lua5.4``, ``luajit``.
    """
    return lua if lua.startswith("lua") else f"lua{lua}"


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

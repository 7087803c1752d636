"""
One run of a scenario: what happens, step by step, and what of it is not as expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from luahost.dataclass import replace
from luahost.effects import Effect
from luahost.runtime import Limits
from luahost.testing.clock import ManualClock
from luahost.testing.endpoint.answers import Fault
from luahost.testing.endpoint.endpoint import Endpoint
from luahost.testing.outcome import Problem
from luahost.testing.push import Push
from luahost.testing.scenario.acts import Act
from luahost.testing.scenario.evidence import Evidence
from luahost.testing.scenario.then import Expectations

if TYPE_CHECKING:
    from luahost.testing.scenario.case import ScenarioCase


class Running:
    """
    One run of a case.

    Args:
        listener: Hears of each effect as it happens.

    Attributes:
        effects: What has happened.

        endpoint: The HTTP double.

        clock: The script's clock.
    """

    def __init__(
        self,
        case: ScenarioCase,
        *,
        listener: Callable[[Effect], None] | None = None,
    ) -> None:
        scenario = case.scenario
        self._case = case
        self._scenario = scenario
        self._listener = listener
        self.clock = ManualClock(scenario.clock)
        self.endpoint = Endpoint()
        for route in scenario.endpoint:
            route.add_to(self.endpoint)
        self.effects: Sequence[Effect] = ()
        self._snapshots_taken = 0

    def problems(self) -> Iterator[Problem]:
        """
        Run it, and tell of what is wrong.

        Raises:
            UsageError: The scenario cannot be carried out.
        """
        with self._push() as push:
            self.effects = push.effects
            found = list(self._acts(push))
        found += self._judge_end(push)
        # An error explains what is missing after it.
        yield from self._verdict(push)
        yield from found

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
        return Push(
            scenario.script,
            user=scenario.user,
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
                if "errors" in act.then.aspects:
                    push.errors_judged(since=mark)
                mark, began = len(push.effects), self.clock.monotonic()
                received = len(self.endpoint.requests)

    def _judge_end(self, push: Push) -> Iterator[Problem]:
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
        yield from self._judge(then, evidence)
        if "errors" in then.aspects:
            push.errors_judged(since=0)

    def _judge(self, then: Expectations, evidence: Evidence) -> Iterator[Problem]:
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
        for problem in push.verdict():
            if problem.line is None and problem.message in self.endpoint.problems:
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

"""
Runs cases, one after the other or in several processes, and counts what comes of them.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

from luahost.dataclass import dataclass, field
from luahost.testing.outcome import Case, Outcome, Result

if TYPE_CHECKING:
    from luahost.testing.coverage import Coverage

CASES_A_JOB = 100
"""A process for fewer would take longer to begin than it saves."""


@dataclass(slots=True)
class Tally:
    """
    What came of cases.

    Attributes:
        total: How many there are to run.

        counts: How many had each result so far.

        seconds: How long it took.

        interrupted: Whether somebody stopped it before the end.
    """

    total: int
    counts: Counter[Result] = field(default_factory=Counter)
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def done(self) -> int:
        """
        How many have been run.
        """
        return self.counts.total()

    @property
    def exit_code(self) -> int:
        """
        0 if all passed, 1 if one failed, 2 if one is broken or the run was interrupted.
        """
        if self.counts["error"] or self.interrupted:
            return 2
        return 1 if self.counts["failed"] else 0


Said = tuple[Result, str]
"""The result of a case, and what there is to say of it."""


def run(
    cases: Sequence[Case],
    *,
    words: Callable[[Outcome], str],
    heard: Callable[[str, Tally], None],
    first_failure_ends: bool = False,
    stopped: Callable[[], bool] = lambda: False,
    jobs: int | None = 1,
    coverage: Coverage | None = None,
) -> Tally:
    """
    Run cases.

    Args:
        cases: What to run, in order.

        words: What to say of an outcome.

        heard: Hears what there is to say of each, in the order of the cases, and the count with it.

        first_failure_ends: Whether a failure or an error is the last thing to happen.

        stopped: Whether somebody has had enough; asked before each case.

        jobs: In how many processes; None for as many as there are processors, as far as it pays. Where a
            failure ends it, some cases behind it may have been run. Elsewhere than on Linux it is one.

        coverage: What collects coverage, if something does; processes have what they saw put together.
    """
    tally = Tally(len(cases))
    begin = time.perf_counter()
    processes = _processes(jobs, len(cases))
    if processes > 1:
        from luahost.testing.jobs import shared_out

        all_said = shared_out(cases, words, processes=processes, stopped=stopped, coverage=coverage)
    else:
        all_said = _one_after_the_other(cases, words, stopped)
    with contextlib.closing(all_said):
        for result, said in all_said:
            tally.counts[result] += 1
            tally.seconds = time.perf_counter() - begin
            heard(said, tally)
            if first_failure_ends and result in ("failed", "error"):
                return tally
    tally.interrupted = tally.done < tally.total
    return tally


def _processes(jobs: int | None, cases: int) -> int:
    if sys.platform != "linux":
        return 1
    if jobs is None:
        jobs = min(len(os.sched_getaffinity(0)), cases // CASES_A_JOB)
    return min(jobs, cases)


def ran(case: Case, words: Callable[[Outcome], str]) -> Said:
    """
    Run one case.
    """
    outcome = case.run()
    return outcome.result, words(outcome)


def _one_after_the_other(
    cases: Sequence[Case], words: Callable[[Outcome], str], stopped: Callable[[], bool]
) -> Generator[Said]:
    for case in cases:
        if stopped():
            return
        yield ran(case, words)

"""
Runs cases one after the other, and counts what comes of them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from luahost.dataclass import dataclass, field
from luahost.testing.outcome import Case, Outcome, Result


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


def run(
    cases: Sequence[Case],
    *,
    heard: Callable[[Outcome, Tally], None],
    first_failure_ends: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Tally:
    """
    Run cases.

    Args:
        cases: What to run, in order.

        heard: Hears of each outcome, and of the count with it.

        first_failure_ends: Whether a failure or an error is the last thing to happen.

        stopped: Whether somebody has had enough; asked before each case.
    """
    tally = Tally(len(cases))
    begin = time.perf_counter()
    for case in cases:
        if stopped():
            tally.interrupted = True
            break
        outcome = case.run()
        tally.counts[outcome.result] += 1
        tally.seconds = time.perf_counter() - begin
        heard(outcome, tally)
        if first_failure_ends and outcome.result in ("failed", "error"):
            break
    return tally

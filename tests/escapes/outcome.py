"""
What came of an attempt, and whether that is what its header demands.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

RETURNED, RAISED, STOPPED, HUNG, CRASHED = "returned", "raised", "stopped", "hung", "crashed"

TIME_LIMITS = frozenset(
    {"call_seconds", "call_instructions", "transaction_seconds", "transaction_instructions"}
)
LUA_REFUSED = re.compile("stack overflow|too large|too many|not enough memory|string length overflow")
"""Lua's own words where it refuses what would need too much."""

MOST_GROWTH_KIB = 128 * 1024
"""By how much the process may grow under a memory limit of 16 MiB."""


@dataclass(frozen=True)
class Outcome:
    """
    What came of an attempt.

    Attributes:
        end: ``returned``, ``raised``, ``stopped`` by a limit, ``hung`` beyond all patience, or ``crashed``
            with its process.

        words: What it returned or raised, which limit stopped it, or which signal ended the process.

        after_stop: Whether it did something after it had been stopped.

        alive: Whether an honest script ran afterwards in the same process.

        growth_kib: By how much the process grew.
    """

    end: str
    words: str = ""
    after_stop: bool = False
    alive: bool = False
    growth_kib: int = 0

    def as_json(self) -> dict[str, Any]:
        """
        The form in which it crosses from process to process.
        """
        return asdict(self)


def stopped_as_demanded(check: str, outcome: Outcome) -> bool:
    """
    Whether the attempt failed, as it should.
    """
    if outcome.end in (HUNG, CRASHED) or outcome.after_stop or not outcome.alive:
        return False
    if check == "deny":
        return not (outcome.end == RETURNED and outcome.words.startswith("ESCAPED"))
    if check == "killed":
        return outcome.end == STOPPED and outcome.words in TIME_LIMITS
    if check == "memory":
        refused = outcome.end == RAISED and LUA_REFUSED.search(outcome.words) is not None
        limited = outcome.end == STOPPED and outcome.words in TIME_LIMITS | {"memory_bytes"}
        return (refused or limited) and outcome.growth_kib < MOST_GROWTH_KIB
    return True

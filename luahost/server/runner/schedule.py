"""
When a failed transaction is tried again: pauses that double, each up to a half shorter by chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from luahost.config.retry_section import RetrySection

MOST_SPREAD_SECONDS = 5.0
"""Over how long those come back that waited for an endpoint."""


class Schedule:
    """
    The times of attempts.

    Args:
        section: The first and the longest pause, and how many attempts there are, unless a verdict says.

        most_attempts: How many there are at most, whatever a verdict says; None for the section's.

        chance: Draws a number from 0 to 1, so that those which failed together do not come back together.
    """

    def __init__(
        self,
        section: RetrySection,
        chance: Callable[[], float] = random.random,
        *,
        most_attempts: int | None = None,
    ) -> None:
        self._section = section
        self._most_attempts = section.attempts if most_attempts is None else most_attempts
        self._chance = chance

    def adopt(self, section: RetrySection, *, most_attempts: int | None = None) -> None:
        """
        From now on this is what counts.
        """
        self._section = section
        self._most_attempts = section.attempts if most_attempts is None else most_attempts

    def used_up(self, attempt: int) -> bool:
        """
        Whether there should be no such attempt, which happens if the server died in the last one.
        """
        return attempt > self._most_attempts

    def pause_seconds(
        self, attempt: int, *, wait_seconds: float = 0.0, section: RetrySection | None = None
    ) -> float | None:
        """
        How long to wait after an attempt that failed; None if it was the last one.

        Args:
            attempt: Which it was, from 1.

            wait_seconds: What the endpoint asked for; the pause is not shorter.

            section: The policy of the script that failed; None for the usual one.
        """
        section = section or self._section
        if attempt >= section.attempts:
            return None
        # Whatever the first pause, more doublings than that are beyond every longest one.
        whole = min(section.first_seconds * 2.0 ** min(attempt - 1, 64), section.most_seconds)
        return max(whole * (1 - self._chance() / 2), wait_seconds)

    def held_seconds(self, wait_seconds: float) -> float:
        """
        How long to wait for an endpoint that is left alone: what waits comes back spread over a while.
        """
        return wait_seconds + self._chance() * min(wait_seconds, MOST_SPREAD_SECONDS)

"""
When a failed transaction is tried again: pauses that double, each up to a half shorter by chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from luahost.config.serve_section import RetrySection


class Schedule:
    """
    The times of attempts.

    Args:
        section: The first and the longest pause, and how many attempts there are.

        chance: Draws a number from 0 to 1, so that those which failed together do not come back together.
    """

    def __init__(self, section: RetrySection, chance: Callable[[], float] = random.random) -> None:
        self._section = section
        self._chance = chance

    def adopt(self, section: RetrySection) -> None:
        """
        From now on this is what counts.
        """
        self._section = section

    def used_up(self, attempt: int) -> bool:
        """
        Whether there should be no such attempt, which happens if the server died in the last one.
        """
        return attempt > self._section.attempts

    def pause_seconds(self, attempt: int, *, wait_seconds: float = 0.0) -> float | None:
        """
        How long to wait after an attempt that failed; None if it was the last one.

        Args:
            attempt: Which it was, from 1.

            wait_seconds: What the endpoint asked for; the pause is not shorter.
        """
        if attempt >= self._section.attempts:
            return None
        # Whatever the first pause, more doublings than that are beyond every longest one.
        whole = min(self._section.first_seconds * 2.0 ** min(attempt - 1, 64), self._section.most_seconds)
        return max(whole * (1 - self._chance() / 2), wait_seconds)

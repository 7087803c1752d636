"""
What was answered and taken in, counted in an event loop and handed on to the metrics once for each of its
turns: that costs more than to count.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from luahost.server.metrics import Metrics


class Counting:
    """
    Counts for metrics, in one event loop at a time.

    Args:
        metrics: Where to; None for nowhere.
    """

    def __init__(self, metrics: Metrics | None) -> None:
        self._metrics = metrics
        self._answers: Counter[tuple[str, int]] = Counter()
        self._accepted = 0
        self._coming = False

    def answered(self, path: str, status: int) -> None:
        """
        A request was answered.
        """
        self._answers[path, status] += 1
        if not self._coming:
            self._come()

    def accepted(self, transactions: int) -> None:
        """
        So many transactions were taken in.
        """
        self._accepted += transactions
        if not self._coming:
            self._come()

    def _come(self) -> None:
        self._coming = True
        asyncio.get_running_loop().call_soon(self._hand_on)

    def _hand_on(self) -> None:
        self._coming = False
        answers, self._answers = self._answers, Counter()
        accepted, self._accepted = self._accepted, 0
        if self._metrics is None:
            return
        for (path, status), number in answers.items():
            self._metrics.answered(path, status, number)
        if accepted:
            self._metrics.accepted(accepted)

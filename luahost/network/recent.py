"""
Addresses that were looked up a moment ago.

A lookup that has an end needs a thread, since the system's resolver cannot be interrupted, and a server that
sends a thousand requests a second to one name need not ask a thousand times. Who may be connected to is
checked for each request all the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

RECENT_SECONDS = 1.0
"""How long an answer holds."""

MOST_NAMES = 1000
"""How many names are remembered, since scripts may make them up."""


class RecentLookups:
    """
    The last answers of a resolver. Threads may share it.

    Args:
        seconds: How long an answer holds.
    """

    def __init__(self, seconds: float = RECENT_SECONDS) -> None:
        self._seconds = seconds
        self._found: dict[tuple[str, int | None], tuple[float, Sequence[str]]] = {}

    def get(self, host: str, port: int | None) -> Sequence[str] | None:
        """
        The addresses of a host; None if it has not been asked for just now.
        """
        end, found = self._found.get((host, port), (0.0, ()))
        return found if time.monotonic() < end else None

    def put(self, host: str, port: int | None, found: Sequence[str]) -> None:
        """
        Remember the addresses of a host.
        """
        if len(self._found) >= MOST_NAMES:
            self._found.clear()
        self._found[host, port] = time.monotonic() + self._seconds, found

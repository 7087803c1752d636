"""
Labels from the outside: at most so many different ones, and nothing in them that breaks a line or a screen.

Each label that Prometheus has never seen is a series that it keeps for weeks, and a script may name its
events by what is in a message.
"""

from __future__ import annotations

import threading

from luahost.timeline import inline

OTHER = "other"
"""Stands for all labels for which there is no room."""

LONGEST = 100
"""Characters of a label."""


class Labels:
    """
    The labels of one kind; threads may share it.

    Args:
        most: How many different ones there may be. Who comes first is in.

        parts: Of how many parts a label is, such as an event's name and its field's.
    """

    def __init__(self, most: int, parts: int = 1) -> None:
        self._most = most
        self._other = (OTHER,) * parts
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def __call__(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """
        The label that stands for these parts: themselves, made presentable, or ``other``.
        """
        found = self._known.get(parts)
        if found is not None:
            return found
        with self._lock:
            if len(self._known) >= self._most:
                return self._other
            return self._known.setdefault(parts, tuple(inline(part)[:LONGEST] for part in parts))

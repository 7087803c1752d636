"""
What came of loading the configuration again, for whoever counts or waits.
"""

from __future__ import annotations

import threading

LONGEST_PROBLEM = 300
"""Characters of a reason, where it is told to everybody."""


class Reloads:
    """
    What came of it so far. Threads share it.

    Attributes:
        accepted: How often another configuration came into force.

        rejected: How often one was refused.

        problem: Why what is on disk was refused, in a line; None if it was not.
    """

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected = 0
        self.problem: str | None = None
        self._changed = threading.Condition()

    def accept(self) -> None:
        """
        Another configuration is in force.
        """
        with self._changed:
            self.accepted, self.problem = self.accepted + 1, None
            self._changed.notify_all()

    def reject(self, words: str) -> str:
        """
        It was refused, for this reason; answers the reason in a line.
        """
        with self._changed:
            self.rejected, self.problem = self.rejected + 1, " ".join(words.split())[:LONGEST_PROBLEM]
            self._changed.notify_all()
            return self.problem

    def wait(self, seconds: float, *, accepted: int = 0, rejected: int = 0) -> bool:
        """
        Wait until so many were accepted and refused in all, at most so long; whether it came to that.
        """
        with self._changed:
            return self._changed.wait_for(
                lambda: self.accepted >= accepted and self.rejected >= rejected, seconds
            )

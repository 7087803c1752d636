"""
What runs transactions now, and can be replaced while it does: those that run end where they began.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence

from luahost.dataclass import dataclass
from luahost.errors import fault_words
from luahost.server.runner.verdict import Verdict
from luahost.server.spool import Claim

END_SECONDS = 5.0
"""How long a term of before may take to end when the server does."""

log = logging.getLogger("luahost.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """
    What runs transactions for a while.

    Attributes:
        run: Runs one; threads may share it.

        start: Makes its processes ready, so that nobody waits for them.

        close: Lets go of sessions and processes, and of what still runs in them; called once.

        processes: Answers the worker processes that run.
    """

    run: Callable[[Claim], Verdict]
    start: Callable[[], None]
    close: Callable[[], None]
    processes: Callable[[], Sequence[int]] = tuple


class InForce:
    """
    The term that is in force.

    Args:
        first: The one to begin with.
    """

    def __init__(self, first: Term) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._term = first
        self._running: Counter[int] = Counter()
        self._over = False
        self._ending: list[threading.Thread] = []

    def run(self, claim: Claim) -> Verdict:
        """
        Run a transaction. Another term that begins meanwhile has nothing to do with it.
        """
        with self._lock:
            term = self._term
            self._running[id(term)] += 1
        try:
            return term.run(claim)
        finally:
            with self._lock:
                self._running[id(term)] -= 1
                if term is not self._term:
                    # Somebody may wait for its end.
                    self._changed.notify_all()

    def change(self, term: Term) -> None:
        """
        From now on transactions run there; the old term ends when its last one does.
        """
        with self._changed:
            old, self._term = self._term, term
        thread = threading.Thread(target=self._ended, args=(old,), name="luahost-old-term", daemon=True)
        thread.start()
        self._ending = [each for each in self._ending if each.is_alive()] + [thread]

    def processes(self) -> Sequence[int]:
        """
        The worker processes that run, without those of a term that is about to end.
        """
        with self._changed:
            term = self._term
        return term.processes()

    def close(self) -> None:
        """
        End the last term, and those before that have not ended, with what runs in them.
        """
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._term.close()
        for thread in self._ending:
            thread.join(END_SECONDS)

    def _ended(self, old: Term) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._over or not self._running[id(old)])
        try:
            old.close()
        except Exception as fault:  # noqa: BLE001  nobody waits for this thread, so it says it itself
            log.error("the scripts before did not end well: %s", fault_words(fault))

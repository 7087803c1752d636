"""
Telling the spool what is done: those that are done in the same moment are told in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from luahost.server.cooperation import Errands, spawn
from luahost.server.spool import Claim, Spool


class Settling:
    """
    Settles what is done.

    Args:
        spool: Where it was claimed.

        errands: Asks the spool.

        insist: Asks the spool again and again, where asking once for all of them was not enough; returns
            when nothing more can be done.

        settled: Hears of each when the spool knows, or nothing more can be done; called in a greenlet or by
            the loop, so that nothing may wait there.

    Attributes:
        unsettled: How many were run of which the spool does not know yet.
    """

    def __init__(
        self,
        spool: Spool,
        errands: Errands,
        *,
        insist: Callable[[Callable[[], Any]], object],
        settled: Callable[[Claim], None],
    ) -> None:
        self.unsettled = 0
        self._spool = spool
        self._errands = errands
        self._insist = insist
        self._settled = settled
        self._waiting: list[Claim] = []

    def done(self, claim: Claim) -> None:
        """
        A claimed transaction was run; see :meth:`~luahost.server.spool.Spool.done`.
        """
        self.unsettled += 1
        self._waiting.append(claim)
        if len(self._waiting) == 1:
            told: list[Claim] = []
            self._errands.send(lambda: self._tell(told), lambda future: self._told(told, future))

    def _tell(self, told: list[Claim]) -> Future[None]:
        """
        Tell the spool of all that have come to wait until now.
        """
        told += self._waiting
        self._waiting.clear()
        return self._spool.done(*[claim.id for claim in told])

    def _told(self, told: list[Claim], future: Future[None]) -> None:
        if future.exception() is None:
            for claim in told:
                self._end(claim)
        else:
            # One of them may not be claimed any more, which is nothing to the others.
            for claim in told:
                spawn(self._tell_alone, claim)

    def _tell_alone(self, claim: Claim) -> None:
        self._insist(lambda: self._spool.done(claim.id))
        self._end(claim)

    def _end(self, claim: Claim) -> None:
        self.unsettled -= 1
        self._settled(claim)

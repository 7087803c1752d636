"""
Telling the spool what is done: those that are done in the same moment are told in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from luahost.errors import LuahostError
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

        settled: Hears of each when the spool knows, or nothing more can be done; called in a greenlet.
    """

    def __init__(
        self,
        spool: Spool,
        errands: Errands,
        *,
        insist: Callable[[Callable[[], Any]], object],
        settled: Callable[[Claim], None],
    ) -> None:
        self._spool = spool
        self._errands = errands
        self._insist = insist
        self._settled = settled
        self._waiting: list[Claim] = []

    def done(self, claim: Claim) -> None:
        """
        A claimed transaction was run; see :meth:`~luahost.server.spool.Spool.done`.
        """
        if not self._waiting:
            # It begins when those have had their turn who can go on now.
            spawn(self._tell)
        self._waiting.append(claim)

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self._errands.result(lambda: self._spool.done(*[claim.id for claim in waiting]))
        except LuahostError:
            # One of them may not be claimed any more, which is nothing to the others.
            for claim in waiting:
                spawn(self._tell_alone, claim)
        else:
            for claim in waiting:
                self._settled(claim)

    def _tell_alone(self, claim: Claim) -> None:
        self._insist(lambda: self._spool.done(claim.id))
        self._settled(claim)

"""
Telling the spool what is done: those that are done in the same moment are told in one call.
"""

from __future__ import annotations

from concurrent.futures import Future

from luahost.errors import LuahostError
from luahost.server.cooperation import Arrivals, spawn
from luahost.server.spool import Spool


class Settling:
    """
    Settles what is done.

    Args:
        spool: Where it was claimed.

        arrivals: Brings the spool's answers.
    """

    def __init__(self, spool: Spool, arrivals: Arrivals) -> None:
        self._spool = spool
        self._arrivals = arrivals
        self._waiting: list[tuple[str, Future[None]]] = []

    def done(self, id: str) -> Future[None]:
        """
        A claimed transaction was run; see :meth:`~luahost.server.spool.Spool.done`.
        """
        told: Future[None] = Future()
        if not self._waiting:
            # It begins when those have had their turn who can go on now.
            spawn(self._tell)
        self._waiting.append((id, told))
        return told

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not self._told(waiting):
            # One of them may not be claimed any more, which is nothing to the others.
            for each in waiting:
                self._told([each])

    def _told(self, waiting: list[tuple[str, Future[None]]]) -> bool:
        try:
            self._arrivals.result(self._spool.done(*(id for id, _ in waiting)))
        except LuahostError as error:
            if len(waiting) > 1:
                return False
            waiting[0][1].set_exception(error)
        else:
            for _, told in waiting:
                told.set_result(None)
        return True

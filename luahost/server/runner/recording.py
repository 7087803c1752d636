"""
Keeping endpoints' answers in the journal: those that come in the same moment are brought to the spool in one
call.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future

from luahost.errors import LuahostError
from luahost.server.cooperation import Errands
from luahost.server.log_fields import about_id
from luahost.server.spool import Answered, Spool

log = logging.getLogger("luahost.server")


class Recording:
    """
    Keeps answers. What the spool cannot write it writes later, unless this process dies before.

    Args:
        spool: Where they are kept.

        errands: Asks the spool.
    """

    def __init__(self, spool: Spool, errands: Errands) -> None:
        self._spool = spool
        self._errands = errands
        self._waiting: list[Answered] = []

    def record(self, transaction: str, key: str, answer: bytes) -> None:
        """
        Have an answer kept. Nobody waits for it: that comes before whatever else is wanted of the spool, so
        that a transaction is not settled before its answers.
        """
        self._waiting.append(Answered(transaction, key, answer))
        if len(self._waiting) == 1:
            told: list[Answered] = []
            self._errands.send(lambda: self._tell(told), lambda future: _told(told, future), first=True)

    def _tell(self, told: list[Answered]) -> Future[list[LuahostError | None]]:
        """
        Bring all that have come until now.
        """
        told += self._waiting
        self._waiting.clear()
        return self._spool.record_each(told)


def _told(told: list[Answered], future: Future[list[LuahostError | None]]) -> None:
    failed = future.exception()
    errors = future.result() if failed is None else [failed] * len(told)
    for answered, error in zip(told, errors, strict=True):
        if error is not None:
            words = "%s: an answer is not on disk, so only this process has it: %s"
            log.error(words, answered.id, error, extra=about_id(answered.id))

"""
The spool in an SQLite file: no service to run, one file to back up.

What is asked for goes to :mod:`~luahost.server.spool.sqlite_writer`, and is answered by futures.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.dataclass import replace
from luahost.errors import LuahostError, SpoolError
from luahost.server.spool.entries import (
    Answered,
    Batch,
    Claim,
    Entry,
    Expired,
    PutKey,
    SpoolStatus,
    State,
    Summary,
    unheard,
)
from luahost.server.spool.owner_lock import OwnerLock
from luahost.server.spool.putting import Kept, one_of
from luahost.server.spool.room import Room
from luahost.server.spool.spool import Spool
from luahost.server.spool.sqlite_control import SqliteControl
from luahost.server.spool.sqlite_requests import End, Put, PutEach, RecordEach
from luahost.server.spool.sqlite_writer import Writer

MOST_UNFINISHED = 1_000_000
"""How many transactions may be unfinished, unless told otherwise."""


class SqliteSpool(SqliteControl, Spool):
    """
    A spool's file in the hands of its server. One process has it at a time, and not one forked from it.

    Args:
        path: The file; made if it is not there.

        clock: What time it is.

        most_unfinished: How many transactions may be unfinished before :meth:`put` refuses more.

        most_unfinished_of_user: How many of them may be one user's; None for all.

        expired: Hears of those whose time was over before their turn came, once that is written; called in
            the thread that has written it.

    Raises:
        InputError: Another process works on it, or it cannot be used.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        clock: Clock = SYSTEM_CLOCK,
        most_unfinished: int = MOST_UNFINISHED,
        most_unfinished_of_user: int | None = None,
        expired: Expired = unheard,
    ) -> None:
        self._owner = OwnerLock(os.fspath(path))
        try:
            super().__init__(path, make=True, clock=clock)
            room = Room(most_unfinished, most_unfinished_of_user)
            self._writer = Writer(self.path, clock, room, expired, self._owner.check)
        except BaseException:
            self._owner.release()
            raise

    def status(self) -> SpoolStatus:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.status`.
        """
        try:
            return replace(super().status(), trouble=self._writer.trouble)
        except LuahostError:
            if (trouble := self._writer.trouble) is None:
                raise
            # Why nothing can be read, if it is the same, is said better there.
            raise SpoolError(trouble) from None

    def put(self, entries: Sequence[Entry], *, key: PutKey | None = None) -> Future[list[str]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.put`.
        """
        request = Put(Batch(entries, key))
        self._writer.ask(request)
        return request.future

    def put_each(self, batches: Sequence[Batch]) -> Future[list[Kept]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.put_each`.
        """
        request = PutEach(batches)
        self._writer.ask(request)
        return request.future

    def claim(self, most: int = 1) -> Future[list[Claim]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.claim`.
        """
        return self._writer.claim(most)

    def record_answer(self, id: str, key: str, answer: bytes) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.record_answer`.
        """
        return one_of(self.record_each([Answered(id, key, answer)]))

    def record_each(self, answers: Sequence[Answered]) -> Future[list[LuahostError | None]]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.record_each`.
        """
        request = RecordEach(answers)
        self._writer.ask(request)
        return request.future

    def done(self, *ids: str) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.done`.
        """
        return self._end(End(ids, State.DONE))

    def postpone(self, id: str, *, due: float, reason: str, counts: bool = True) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.postpone`.
        """
        return self._end(End((id,), State.RETRYING, due=due, reason=reason, counts=counts))

    def bury(self, id: str, *, reason: str) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.bury`.
        """
        return self._end(End((id,), State.DEAD, reason=reason))

    def give_back(self, id: str) -> Future[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.give_back`.
        """
        return self._end(End((id,), State.QUEUED, counts=False))

    def retry(self, *ids: str, expires: float | None = None) -> list[Summary | None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.retry`.
        """
        before = super().retry(*ids, expires=expires)
        self._writer.look()
        return before

    def replay(
        self, ids: Sequence[str], *, expires: float | None = None, new_ids: bool = False
    ) -> dict[str, str]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.replay`.
        """
        replayed = super().replay(ids, expires=expires, new_ids=new_ids)
        self._writer.look()
        return replayed

    def drop(self, *ids: str) -> list[Summary | None]:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.drop`.
        """
        before = super().drop(*ids)
        self._writer.look()
        return before

    def together(self) -> AbstractContextManager[None]:
        """
        See :meth:`~luahost.server.spool.spool.Spool.together`: one transaction, and one wait for the disk.
        """
        return self._writer.together()

    def drain(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.drain`.
        """
        self._owner.say_ending()
        self._writer.drain()

    def close(self) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.close`.
        """
        self._writer.close()
        super().close()
        self._owner.release()

    def _end(self, request: End) -> Future[None]:
        self._writer.ask(request)
        return request.future

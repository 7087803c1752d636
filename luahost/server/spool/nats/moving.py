"""
A transaction that goes from a spool on NATS to another spool, or comes from one.

What comes is written so that it may be written again: whoever was interrupted begins anew, and finds what is
there already.
"""

from __future__ import annotations

from collections.abc import Callable

from luahost.dataclass import replace
from luahost.server.spool.entries import FINISHED, Details, State, Whole
from luahost.server.spool.nats.forms import End, Kept, Record, written_answer
from luahost.server.spool.nats.listing import Found, Listing
from luahost.server.spool.nats.names import Names, is_id, place_in
from luahost.server.spool.nats.requests import Requests
from luahost.server.spool.nats.settling import DIED


class Moving:
    """
    Moves, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        listing: Finds transactions.

        partition_of: Where a user is.
    """

    def __init__(
        self, requests: Requests, names: Names, listing: Listing, partition_of: Callable[[str], int]
    ) -> None:
        self._requests = requests
        self._names = names
        self._listing = listing
        self._partition_of = partition_of

    async def whole(self, id: str, now: float) -> Whole | None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.whole`.
        """
        found = await self._listing.one(id) if is_id(id) else None
        if found is None:
            return None
        summary, record = found.summary, found.record
        if summary.state is State.RUNNING:
            # Nobody works on it, so whoever ran it died.
            summary = replace(summary, state=State.RETRYING, changed=now, due=now, reason=DIED)
        return Whole(
            details=Details(summary=summary, payload=found.payload, answers=await self._listing.answers(id)),
            window=found.kept.window,
            run=await self._first_of(found),
            since=None if found.end is not None else record.since,
        )

    async def take_in(self, whole: Whole) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.take_in`.
        """
        summary = whole.details.summary
        there = await self._listing.one(summary.id)
        if there is not None and (there.end is not None or there.revision):
            return
        kept = Kept(
            user=summary.user,
            accepted=summary.accepted,
            expires=summary.expires,
            window=whole.window,
            answers=bool(whole.details.answers),
        )
        partition = self._partition_of(summary.user)
        for key, answer in whole.details.answers.items():
            await self._requests.store(
                self._names.answer(partition, summary.id, key),
                written_answer(key, answer),
                id=self._requests.new_id(),
            )
        if summary.state in FINISHED:
            await self._finished(whole, kept)
        else:
            await self._unfinished(whole, kept, partition, there)

    async def let_go(self, id: str) -> None:
        """
        See :meth:`~luahost.server.spool.spool.SpoolControl.let_go`.
        """
        found = await self._listing.one(id) if is_id(id) else None
        if found is None:
            return
        stream = self._names.transactions if found.end is None else self._names.finished(found.summary.state)
        await self._requests.delete(stream, found.sequence)
        await self._requests.purge(self._names.attempts, self._names.all_about(id))

    async def _finished(self, whole: Whole, kept: Kept) -> None:
        summary = whole.details.summary
        end = End(
            kept=kept,
            place=0,
            attempts=summary.attempts,
            changed=summary.changed,
            reason=summary.reason,
            answers=kept.answers,
        )
        await self._requests.store(
            self._names.end(summary.state, summary.id),
            whole.details.payload,
            id=self._requests.new_id(),
            headers=end.headers(),
        )

    async def _unfinished(self, whole: Whole, kept: Kept, partition: int, there: Found | None) -> None:
        summary = whole.details.summary
        if there is None:
            sequence = await self._requests.store(
                self._names.transaction(partition, summary.user, summary.id),
                whole.details.payload,
                id=self._requests.new_id(),
                headers=kept.headers(),
                expected=0,
            )
        else:
            sequence = there.sequence
        if summary.state is State.QUEUED and whole.since is None and whole.run is None:
            return
        run = None
        if whole.run is not None:
            first = None if whole.run == summary.id else await self._listing.one(whole.run)
            run = sequence if first is None else first.place
        record = Record(
            state=summary.state,
            attempts=summary.attempts,
            changed=summary.changed,
            expires=summary.expires,
            due=summary.due,
            reason=summary.reason,
            run=run,
            since=whole.since,
            answers=kept.answers,
        )
        await self._requests.store(
            self._names.record(summary.id, partition),
            record.written(),
            id=self._requests.new_id(),
            expected=0,
        )

    async def _first_of(self, found: Found) -> str | None:
        run = None if found.end is not None else found.record.run
        if run is None or run == found.place:
            return None if run is None else found.summary.id
        message = await self._requests.message(self._names.transactions, run)
        return None if message is None else place_in(message.subject)[1]

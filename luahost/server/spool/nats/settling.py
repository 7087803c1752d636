"""
How claims end: what is written then, and in which order.

A transaction is finished from the moment that its end stands in the stream of its kind. Its message among the
unfinished is deleted after that, and what was known of its attempts last: whoever dies in between leaves what
the next owner of the partition understands and completes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import Any

from luahost.clock import Clock
from luahost.dataclass import replace
from luahost.errors import SpoolError, UsageError
from luahost.server.spool.entries import FINISHED, State
from luahost.server.spool.fresh import Fresh
from luahost.server.spool.nats.book import Book, Held, Item
from luahost.server.spool.nats.forms import End, Record, read_end, read_record, written_answer
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.partitions import Partitions
from luahost.server.spool.nats.requests import ConflictError, Requests

DIED = "the server ended during this attempt"

CLOSE_SECONDS = 2.0
"""How long a server that ends takes to write what it has not settled."""

AGAIN_SECONDS = 1.0
"""The pause before what could not be tidied up is tried again."""


class Settling:
    """
    Writes how claims end, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        book: What waits and runs.

        partitions: Those that are ours.

        fresh: Payloads at hand.

        clock: The spool's time.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        book: Book,
        partitions: Partitions,
        fresh: Fresh,
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._names = names
        self._book = book
        self._partitions = partitions
        self._fresh = fresh
        self._clock = clock
        self._tasks: set[asyncio.Task[Any]] = set()

    async def done(self, ids: Sequence[str]) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.done`.
        """
        await self._end(ids, State.DONE, None)

    async def bury(self, id: str, reason: str) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.bury`.
        """
        await self._end([id], State.DEAD, reason)

    async def postpone(self, id: str, due: float, reason: str, counts: bool) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.postpone`.
        """
        [held] = self._take([id])
        with _Kept(self._book, [held]):
            await self._write_answers(held)
            await self._mark(held, State.RETRYING, due, reason, counts)
        self._book.again(held.waiting, due=self._book.moment(due))

    async def give_back(self, id: str) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.give_back`.
        """
        [held] = self._take([id])
        with _Kept(self._book, [held]):
            await self._write_answers(held)
            await self._mark(held, None, self._clock.time(), None, False)
        self._book.again(held.waiting, due=self._clock.monotonic())

    async def record_answer(self, id: str, key: str, answer: bytes) -> None:
        """
        See :meth:`~luahost.server.spool.spool.Spool.record_answer`.
        """
        held = self._held(id)
        held.unwritten[key] = answer
        held.answered = True
        self._check_sure(held)
        await self._write_answers(held)

    async def close(self) -> None:
        """
        What was claimed and is not settled has failed with this server.
        """
        # Whoever has the partition next finds that it was running if that cannot be written in time.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(
                    *(
                        self._mark(held, State.RETRYING, self._clock.time(), DIED, True)
                        for held in self._book.claimed.values()
                    ),
                    return_exceptions=True,
                )

    async def settled(self) -> None:
        """
        Wait until all that was asked for before is done and tidied up.
        """
        while tasks := self._tasks - {asyncio.current_task()}:
            await asyncio.gather(*tasks, return_exceptions=True)

    async def tracked(self, act: Coroutine[Any, Any, None]) -> None:
        """
        Do something that :meth:`settled` is to wait for.
        """
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await act
        finally:
            self._tasks.discard(task)

    def begin(self, act: Coroutine[Any, Any, None]) -> None:
        """
        Do something that nobody waits for.
        """
        task = asyncio.create_task(act)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def completed(self, item: Item) -> bool:
        """
        Whether somebody finished this one and died before tidying up, which is done now.
        """
        ends = await asyncio.gather(
            *(
                self._requests.newest(self._names.finished(state), self._names.end(state, item.id))
                for state in FINISHED
            )
        )
        if not any(end is not None and read_end(end).kept.round == item.kept.round for end in ends):
            return False
        await self.tidy_up(item)
        return True

    async def tidy_up(self, item: Item) -> None:
        """
        Delete what is not needed of a finished one, until that is done or another has its partition.
        """
        while True:
            try:
                await self._requests.delete(self._names.transactions, item.sequence)
                if item.revision:
                    await self._requests.delete(self._names.attempts, item.revision)
                return
            except SpoolError:
                if not self._partitions.has(item.partition):
                    return
                await asyncio.sleep(AGAIN_SECONDS)

    async def payload(self, item: Item) -> bytes:
        """
        What came with a transaction.

        Raises:
            SpoolError: It cannot be read, or is not there any more.
        """
        fresh = self._fresh.take(item.place)
        if fresh is not None:
            return fresh.payload
        message = await self._requests.message(self._names.transactions, item.sequence)
        if message is None:
            raise SpoolError(f"transaction {item.id} is not there any more")
        return message.payload

    def _held(self, id: str) -> Held:
        held = self._book.claimed.get(id)
        if held is None:
            raise UsageError(f"transaction {id} is not claimed")
        return held

    def _check_sure(self, held: Held) -> None:
        """
        See that it is nobody else's, for sure.
        """
        if not self._partitions.holds(held.items[0].partition):
            raise SpoolError(
                f"whether transaction {held.claim.id} is still claimed here is not known at the moment"
            )

    def _take(self, ids: Sequence[str]) -> list[Held]:
        """
        What was claimed, which nobody else can settle from now on.
        """
        try:
            found = [self._held(id) for id in ids]
        except UsageError:
            if len(ids) == 1:
                # Whoever has run it hears of it now.
                self._book.ghosts.pop(ids[0], None)
            raise
        for held in found:
            self._check_sure(held)
        for held in found:
            del self._book.claimed[held.claim.id]
        return found

    async def _end(self, ids: Sequence[str], state: State, reason: str | None) -> None:
        found = self._take(ids)
        with _Kept(self._book, found):
            if state is not State.DONE:
                await asyncio.gather(*(self._write_answers(held) for held in found))
            await asyncio.gather(*(self._end_one(held, state, reason) for held in found))
        for held in found:
            self._book.finished(held)
            for item in held.items:
                self.begin(self.tidy_up(item))

    async def _end_one(self, held: Held, state: State, reason: str | None) -> None:
        claims = (held.claim, *held.claim.together)
        await asyncio.gather(
            *(
                self.finish(item, state, reason, claim.payload, answered=held.answered)
                for item, claim in zip(held.items, claims, strict=True)
            )
        )

    async def finish(
        self, item: Item, state: State, reason: str | None, payload: bytes, *, answered: bool
    ) -> End:
        """
        Write that a transaction is finished, and what stands there.

        Raises:
            SpoolError: It cannot be written.
        """
        standing = item.standing
        if state is State.DONE:
            reason = standing.reason
        end = End(
            kept=replace(item.kept, expires=standing.expires),
            place=item.place,
            attempts=standing.attempts,
            changed=self._clock.time(),
            reason=reason,
            answers=answered,
        )
        await self._requests.store(
            self._names.end(state, item.id),
            payload,
            id=f"{item.id}/{item.kept.round}/{standing.attempts}",
            headers=end.headers(),
        )
        return end

    async def _mark(
        self, held: Held, state: State | None, due: float, reason: str | None, counts: bool
    ) -> None:
        """
        Write that an attempt is over and another is to come; without a state it is as it was before.
        """
        time = self._clock.time()
        for item in held.items:
            standing = item.standing
            attempts = standing.attempts if counts else standing.attempts - 1
            found = state or (State.RETRYING if attempts else State.QUEUED)
            record = replace(
                standing,
                state=found,
                attempts=attempts,
                changed=time,
                due=due,
                answers=standing.answers or (held.answered and item is held.items[0]),
                reason=standing.reason if reason is None else reason,
                node="",
            )
            try:
                await self.write(item, record)
            except ConflictError:
                raise UsageError(f"transaction {item.id} is not claimed any more") from None

    async def write(self, item: Item, record: Record) -> None:
        """
        Write how far a transaction is, if nobody else did meanwhile.

        Raises:
            ConflictError: Somebody did.
        """
        if item.revision is None:
            await self._find_revision(item)
        expected, item.revision, item.wanted = item.revision, None, record
        item.revision = await self._requests.store(
            self._names.record(item.id, item.partition),
            record.written(),
            id=self._requests.new_id(),
            expected=expected,
        )
        item.record, item.wanted = record, None

    async def _find_revision(self, item: Item) -> None:
        """
        After a write that nobody answered: which record stands there, what we wrote or what was before.
        """
        found = await self._requests.newest(self._names.attempts, self._names.record(item.id))
        record = None if found is None else read_record(found)
        if record not in (item.record, item.wanted):
            raise ConflictError(f"transaction {item.id} was changed by somebody else")
        item.record, item.revision = record, 0 if found is None else found.sequence

    async def _write_answers(self, held: Held) -> None:
        async with held.writing:
            for key, answer in list(held.unwritten.items()):
                id = held.claim.id
                await self._requests.store(
                    self._names.answer(held.items[0].partition, id, key),
                    written_answer(key, answer),
                    id=self._requests.new_id(),
                )
                if held.unwritten.get(key) is answer:
                    del held.unwritten[key]


def may_have_answers(item: Item) -> bool:
    """
    Whether there may be answers to requests of earlier attempts.
    """
    standing = item.standing
    return standing.answers or standing.attempts > 1 or item.kept.answers or standing.since is not None


class _Kept:
    """
    What could not be settled stays claimed; what somebody else has changed has to be looked at again.
    """

    def __init__(self, book: Book, found: Sequence[Held]) -> None:
        self._book = book
        self._found = found

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for held in self._found if error is not None else ():
            if self._book.items_of(held.waiting) is None:
                continue
            if isinstance(error, SpoolError):
                self._book.claimed[held.claim.id] = held
            else:
                self._book.again(held.waiting)

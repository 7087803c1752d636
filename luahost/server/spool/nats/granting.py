"""
Giving those who wait for work what there is: transactions whose turn it is, written as begun before they are.

What is begun is written with the expectation that nobody else has changed it, so an operator and an owner, or
two who both believe to be owners, cannot both have their way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future

from luahost.clock import Clock
from luahost.dataclass import dataclass, field, replace
from luahost.errors import SpoolError
from luahost.server.spool.entries import Claim, State
from luahost.server.spool.nats.book import Book, Held, Item
from luahost.server.spool.nats.expiring import Expiring
from luahost.server.spool.nats.forms import Record, read_answer, read_kept, read_record
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.partitions import Partitions
from luahost.server.spool.nats.requests import ConflictError, Requests
from luahost.server.spool.nats.settling import Settling, may_have_answers
from luahost.server.spool.turns import Waiting

LOOK_SECONDS = 0.5
"""How often the time is looked at if nothing happens: a clock may be somebody's to set."""

AGAIN_SECONDS = 0.5
"""The pause after something could not be written."""

UNSURE_SECONDS = 0.1
"""The pause while it is not known whether anything is ours."""


@dataclass(slots=True, eq=False)
class Claimer:
    """
    Who waits for so many transactions at most.

    Attributes:
        most: How many.

        future: Hears of them.

        sure: Whether it cannot be cancelled any more.
    """

    most: int
    future: Future[list[Claim]] = field(default_factory=Future)
    sure: bool = False

    def is_there(self) -> bool:
        """
        Whether it still waits, which it then does until it is answered.
        """
        self.sure = self.sure or self.future.set_running_or_notify_cancel()
        return self.sure


class Granting:
    """
    Grants claims, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        book: What waits and runs.

        partitions: Those that are ours.

        settling: Writes records.

        expiring: Gets those whose time is over.

        node: Who we are.

        clock: The spool's time.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        book: Book,
        partitions: Partitions,
        settling: Settling,
        expiring: Expiring,
        node: str,
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._names = names
        self._book = book
        self._partitions = partitions
        self._settling = settling
        self._expiring = expiring
        self._node = node
        self._clock = clock
        self._claimers: deque[Claimer] = deque()
        self._draining = False
        self._timer: asyncio.TimerHandle | None = None
        self._paused_until = 0.0

    def ask(self, claimer: Claimer) -> None:
        """
        One more who waits for work.
        """
        if self._draining:
            self._refuse(claimer)
        else:
            self._claimers.append(claimer)
            self.look()

    def drain(self) -> None:
        """
        Give out nothing more.
        """
        self._draining = True
        if self._timer is not None:
            self._timer.cancel()
        while self._claimers:
            self._refuse(self._claimers.popleft())

    def look(self) -> None:
        """
        Give out what there is.
        """
        loop = asyncio.get_running_loop()
        if not self._partitions.sure:
            self._paused_until = loop.time() + UNSURE_SECONDS
        while self._claimers and loop.time() >= self._paused_until:
            if self._claimers[0].future.cancelled():
                self._claimers.popleft().is_there()
                continue
            taken, expired = self._book.take(self._claimers[0].most)
            if expired:
                self._expiring.begin(expired)
            if not taken:
                break
            claimer = self._claimers.popleft()
            if claimer.is_there():
                self._settling.begin(self._grant(claimer, taken))
            else:
                for waiting in taken:
                    self._book.again(waiting, ran=False)
        self._look_later(loop)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._claimers:
            pause = self._book.pause()
            pause = LOOK_SECONDS if pause is None else min(pause, LOOK_SECONDS)
            pause = max(pause, self._paused_until - loop.time())
            self._timer = loop.call_later(max(pause, 0.001), self.look)

    async def reread(self, item: Item) -> None:
        """
        Find out anew how far a transaction is that waits, from where it is kept.
        """
        again = await self._kept(item)
        if self._book.waits(item):
            self._replace(item, again)

    async def _kept(self, item: Item) -> Item | None:
        """
        How far a transaction is; None if it is not there any more.

        Raises:
            SpoolError: It cannot be read; or who leads does not know it, and others have it. A server that
                led and was cut off answers for a moment as if it led, when it is back.
        """
        message, found = await asyncio.gather(
            self._requests.newest(self._names.transactions, self._names.transaction_of(item.id)),
            self._requests.newest(self._names.attempts, self._names.record(item.id)),
        )
        record = None if found is None else read_record(found)
        if record is not None and record.dropped:
            return None
        if message is None:
            if await self._requests.message(self._names.transactions, item.sequence) is not None:
                raise SpoolError(f"whether transaction {item.id} is still there is not known at the moment")
            return None
        if record is not None and record.state is State.RUNNING and record.node == self._node:
            # It was written that we begin it, nobody told us, and we did not.
            state = State.RETRYING if record.attempts > 1 else State.QUEUED
            record = replace(record, state=state, attempts=record.attempts - 1, due=record.changed)
        revision = 0 if found is None else found.sequence
        return Item(item.id, item.partition, read_kept(message), message.sequence, record, revision)

    def _replace(self, item: Item, again: Item | None) -> None:
        self._book.remove(item)
        if again is not None and self._book.is_open(again.partition):
            self._book.add(again)

    def _refuse(self, claimer: Claimer) -> None:
        if claimer.is_there():
            claimer.future.set_result([])

    async def _grant(self, claimer: Claimer, taken: list[Waiting]) -> None:
        granted: list[Claim] = []
        for held in await asyncio.gather(*(self._begin(waiting) for waiting in taken)):
            if held is None:
                continue
            if not self._is_ours(held.waiting, held.items):
                # Its partition was lost, or may have been, while the others were begun.
                await self._not_begun(held.waiting, held.items, conflict=False)
            else:
                self._book.claimed[held.claim.id] = held
                granted.append(held.claim)
        if granted or self._draining:
            claimer.future.set_result(granted)
            return
        # Whatever came between: who waits goes on waiting.
        self._claimers.appendleft(claimer)
        self.look()

    async def _begin(self, waiting: Waiting) -> Held | None:
        """
        Write that a transaction is begun, with those that run with it; None if that is not to be.
        """
        items = self._book.items_of(waiting)
        if not items:
            return None
        try:
            begun = await asyncio.gather(
                *(self._begin_one(item, waiting) for item in items), return_exceptions=True
            )
            claims = [_or_raised(claim) for claim in begun]
            if not self._is_ours(waiting, items):
                raise SpoolError("whether it is ours to begin is not known at the moment")
        except SpoolError as error:
            await self._not_begun(waiting, items, conflict=isinstance(error, ConflictError))
            return None
        claim = replace(claims[0], together=tuple(claims[1:])) if len(claims) > 1 else claims[0]
        return Held(claim, waiting, items, answered=bool(claim.answers))

    def _is_ours(self, waiting: Waiting, items: list[Item]) -> bool:
        """
        Whether what was given its turn still has it.
        """
        return self._partitions.holds(items[0].partition) and self._book.items_of(waiting) is not None

    async def _begin_one(self, item: Item, waiting: Waiting) -> Claim:
        payload = await self._settling.payload(item)
        await self._settling.write(item, self._begun(item, waiting))
        return await self._claim(item, payload)

    def _begun(self, item: Item, waiting: Waiting) -> Record:
        standing = item.standing
        return replace(
            standing,
            state=State.RUNNING,
            attempts=standing.attempts + 1,
            changed=self._clock.time(),
            due=None,
            run=None if item.kept.window is None else waiting.sequence,
            node=self._node,
        )

    async def _claim(self, item: Item, payload: bytes) -> Claim:
        standing = item.standing
        answers: dict[str, bytes] = {}
        if may_have_answers(item):
            subjects = self._names.answers(item.id)
            async for message in self._requests.messages(self._names.attempts, subjects):
                key, answer = read_answer(message.payload)
                answers[key] = answer
        return Claim(
            id=item.id,
            user=item.kept.user,
            payload=payload,
            attempt=standing.attempts,
            accepted=item.kept.accepted,
            expires=standing.expires,
            answers=answers,
        )

    async def _not_begun(self, waiting: Waiting, items: list[Item], *, conflict: bool) -> None:
        if not conflict:
            self._paused_until = asyncio.get_running_loop().time() + AGAIN_SECONDS
        found = await asyncio.gather(*(self._kept(item) for item in items), return_exceptions=True)
        self._book.again(waiting, ran=False)
        for item, again in zip(items, found, strict=True):
            if isinstance(again, BaseException):
                # It is read before it is begun, as its revision is not known.
                item.revision = None
            elif self._book.waits(item):
                self._replace(item, again)


def _or_raised(found: Claim | BaseException) -> Claim:
    if isinstance(found, BaseException):
        raise found
    return found

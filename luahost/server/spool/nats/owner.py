"""
Our part of the work: the partitions that this machine has, from the first look into them until they go.

A partition that becomes ours is read as it stands, and followed from there: its transactions are given out
only when all that were there before are known. What ran when its last owner died is known by its record.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging

from luahost.clock import Clock
from luahost.dataclass import replace
from luahost.errors import SpoolError, fault_words
from luahost.server.spool.entries import Claim, Expired, State
from luahost.server.spool.fresh import Fresh
from luahost.server.spool.nats.book import Book, Item
from luahost.server.spool.nats.declarations import Declared
from luahost.server.spool.nats.expiring import Expiring
from luahost.server.spool.nats.follower import Follower
from luahost.server.spool.nats.forms import Record, read_kept, read_record
from luahost.server.spool.nats.granting import Granting
from luahost.server.spool.nats.lease import Lease
from luahost.server.spool.nats.machines import Machines
from luahost.server.spool.nats.names import Names, place_in
from luahost.server.spool.nats.partitions import Partitions
from luahost.server.spool.nats.requests import Message, Requests
from luahost.server.spool.nats.settling import DIED, Settling

GATHER_SECONDS = 0.01
"""How long to wait for more partitions to be handed over, so that they are read together."""

AGAIN_SECONDS = 0.2
"""The pause before reading is tried again."""

log = logging.getLogger("luahost.server")

LOOK_SECONDS = 0.1
"""How often it is looked whether a partition can go."""

FIRST_SECONDS = 0.3
"""How long a server that starts waits for partitions; others may have them all."""

HEARD_SECONDS = 2.0
"""How long a put waits at most until it is known here."""


class Owner:
    """
    Runs what is in our partitions, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        declared: How it was set up.

        node: Who we are.

        runs: Whether we take part in the work, or only put.

        clock: The spool's time.

        expired: Hears of those whose time was over before their turn came, once that is written.

    Attributes:
        granting: Gives out claims.

        settling: Ends them.

        partitions: Those that are ours.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        declared: Declared,
        node: str,
        clock: Clock,
        expired: Expired,
        *,
        runs: bool = True,
    ) -> None:
        self._requests = requests
        self._names = names
        self._clock = clock
        self._book = Book(clock)
        self._fresh = Fresh()
        lease = Lease(requests, names, node, seconds=declared.lease_seconds, runs=runs)
        self.partitions = Partitions(
            requests,
            names,
            lease,
            number=declared.partitions,
            gained=self._gained,
            lost=self._lost,
        )
        self.settling = Settling(requests, names, self._book, self.partitions, self._fresh, clock)
        expiring = Expiring(self.settling, self._book, self.partitions, expired)
        self.granting = Granting(
            requests, names, self._book, self.partitions, self.settling, expiring, node, clock
        )
        self._follower = Follower(requests, names.transactions, self._heard)
        self._new: set[int] = set()
        self._early: dict[int, list[Item]] = {}
        self._taking: asyncio.Task[None] | None = None
        self._ears: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._starting: asyncio.Task[None] | None = None
        self._first = asyncio.Event()
        self._draining = False
        self._handing_over: dict[int, asyncio.Task[None]] = {}
        self._taking_part: asyncio.Task[None] | None = None
        self._machines = Machines(
            requests,
            names,
            lease,
            number=declared.partitions,
            partitions=self.partitions,
            hand_over=self._begin_hand_over,
            running=lambda: len(self._book.claimed),
            runs=runs,
        )
        self._runs = runs

    async def start(self) -> None:
        """
        Take part in the work from now on. What is to be had at once is known here then.
        """
        if not self._runs:
            self._taking_part = asyncio.create_task(self._machines.take_part())
            return
        self._starting = asyncio.create_task(self._start())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_SECONDS):
                await self._first.wait()

    def holds(self, id: str) -> bool:
        """
        Whether a claim is still ours. From any thread.
        """
        held = self._book.claimed.get(id)
        return held is not None and self.partitions.holds(held.items[0].partition)

    def drain(self) -> None:
        """
        Give out nothing more, and hand our partitions to others as soon as nothing runs in them.
        """
        self.granting.drain()
        self._draining = True
        self._machines.wanted = False
        for each in self.partitions.all:
            self._begin_hand_over(each)

    async def stop(self) -> None:
        """
        Let go of all.
        """
        self.granting.drain()
        for task in (self._starting, self._taking_part, *self._handing_over.values()):
            if task is not None:
                task.cancel()
        await self.settling.settled()
        await self.settling.close()
        if self._taking is not None:
            self._taking.cancel()
        await self._follower.stop()
        await self.partitions.stop()
        if self._taking_part is not None:
            with contextlib.suppress(SpoolError):
                await self._machines.leave()

    def renew(self) -> None:
        """
        The connection is there again, and something may have been missed.
        """
        self._follower.renew()
        self.partitions.renew()

    async def heard_of(self, sequence: int, partition: int) -> None:
        """
        Wait until a message is known here, if its partition is ours.
        """
        if not self._book.is_open(partition) or self._follower.position >= sequence:
            return
        ear: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._ears, (sequence, next(self._numbers), ear))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARD_SECONDS):
                await ear

    async def look_at(self, id: str) -> None:
        """
        Somebody has changed a transaction.
        """
        item = self._book.item(id)
        if item is not None and self._book.waits(item):
            await self.granting.reread(item)
            self.granting.look()

    async def _start(self) -> None:
        while True:
            try:
                await self.partitions.start()
                await self._requests.listen(self._names.look("*"), self._asked_to_look)
                self._taking_part = asyncio.create_task(self._machines.take_part())
                return
            except SpoolError:
                await asyncio.sleep(AGAIN_SECONDS)

    def _asked_to_look(self, payload: bytes) -> None:
        self.settling.begin(self._look_at(payload.decode("ascii", "replace")))

    async def _look_at(self, id: str) -> None:
        # If it cannot be read now, it is when its turn comes.
        with contextlib.suppress(SpoolError):
            await self.look_at(id)

    def _begin_hand_over(self, partition: int) -> None:
        if partition not in self._handing_over:
            task = self._handing_over[partition] = asyncio.create_task(self._hand_over(partition))
            task.add_done_callback(lambda _: self._handing_over.pop(partition, None))

    async def _hand_over(self, partition: int) -> None:
        """
        Give a partition to others, as soon as nothing runs in it.
        """
        self._new.discard(partition)
        self._book.retire(partition)
        while self._book.running_in(partition) and self.partitions.has(partition):
            await asyncio.sleep(LOOK_SECONDS)
        await self.partitions.release(partition)

    def _gained(self, partition: int) -> None:
        if self._draining:
            self._begin_hand_over(partition)
            return
        self._new.add(partition)
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_up())

    def _lost(self, partition: int) -> None:
        self._new.discard(partition)
        self._early.pop(partition, None)
        self._book.close(partition)

    async def _take_up(self) -> None:
        """
        Read the partitions that are new, and give out what is in them.
        """
        await asyncio.sleep(GATHER_SECONDS)
        while self._new:
            # Where something may still run that was ours before, nothing is begun.
            partitions = self._new - set(self._book.ghosts.values())
            self._new -= partitions
            try:
                await self._read(partitions)
            except Exception as fault:  # noqa: BLE001  whatever it is, these partitions have to be read
                if not isinstance(fault, SpoolError):
                    log.error("partitions cannot be read, and are tried again: %s", fault_words(fault))
                self._new |= {each for each in partitions if self.partitions.has(each)}
            self._first.set()
            self.granting.look()
            if self._new:
                await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, partitions: set[int]) -> None:
        if not partitions:
            return
        for each in partitions:
            self._early[each] = []
        last = (await self._requests.api(f"STREAM.INFO.{self._names.transactions}"))["state"]["last_seq"]
        subjects = [self._names.transactions_in(each) for each in self.partitions.all]
        # What came up to now is read, what comes from now on is heard of.
        start = last + 1 if self._follower.position == 0 else None
        await self._follower.follow(subjects, start=start)
        found = await asyncio.gather(*(self._items_in(each) for each in partitions))
        for each, items in zip(partitions, found, strict=True):
            if each not in self._early:
                # It was lost meanwhile. If it is ours again it is read again.
                continue
            if not self.partitions.holds(each):
                self._new.add(each)
            else:
                known = {item.id for item in items}
                items += [item for item in self._early.pop(each, []) if item.id not in known]
                self._book.open(each)
        opened = [item for items in found for item in items if self._book.is_open(item.partition)]
        for item in sorted(opened, key=lambda each: each.sequence):
            self._book.add(item)

    async def _items_in(self, partition: int) -> list[Item]:
        """
        All that is not finished in a partition, after what its last owner left half done was completed.
        """
        records = await self._records_in(partition)
        items, orphans = [], dict(records)
        newest = await self._requests.newest(self._names.transactions, self._names.transactions_in(partition))
        while newest is not None:
            items = [
                _item_of(message, records)
                async for message in self._requests.messages(
                    self._names.transactions, self._names.transactions_in(partition)
                )
            ]
            if items and items[-1].sequence >= newest.sequence:
                break
            # Whoever answered has not caught up, or it is gone meanwhile.
            newest = await self._requests.newest(
                self._names.transactions, self._names.transactions_in(partition)
            )
        found = await asyncio.gather(*(self._recovered(item) for item in items))
        for item in items:
            orphans.pop(item.id, None)
        for id, (_, revision) in orphans.items():
            await self._clear_away(id, revision)
        return [item for item in found if item is not None]

    async def _records_in(self, partition: int) -> dict[str, tuple[Record, int]]:
        found = {}
        async for message in self._requests.messages(self._names.attempts, self._names.records(partition)):
            found[message.subject.split(".")[-2]] = (read_record(message), message.sequence)
        return found

    async def _recovered(self, item: Item) -> Item | None:
        """
        It as it is to go on; None if it is not.
        """
        record = item.record
        if record is None:
            return item
        if record.dropped:
            await self._requests.delete(self._names.transactions, item.sequence)
            return None
        if record.state not in (State.RUNNING, State.EXPIRED):
            return item
        if await self.settling.completed(item):
            return None
        if record.state is State.RUNNING:
            time = self._clock.time()
            died = replace(record, state=State.RETRYING, changed=time, due=time, reason=DIED, node="")
            await self.settling.write(item, died)
        return item

    async def _clear_away(self, id: str, revision: int) -> None:
        """
        Delete what is known of the attempts of one that is finished.
        """
        message = await self._requests.newest(self._names.transactions, self._names.transaction_of(id))
        if message is None:
            await self._requests.delete(self._names.attempts, revision)

    def _heard(self, message: Message) -> None:
        item = _item_of(message, {})
        partition = item.partition
        if partition in self._early:
            self._early[partition].append(item)
        elif self._book.is_open(partition) and self._book.item(item.id) is None:
            self._keep(item, message)
            self._book.add(item)
            self.granting.look()
        while self._ears and self._ears[0][0] <= message.sequence:
            ear = heapq.heappop(self._ears)[2]
            if not ear.done():
                ear.set_result(None)

    def _keep(self, item: Item, message: Message) -> None:
        claim = Claim(
            id=item.id, user=item.kept.user, payload=message.payload, attempt=1, accepted=item.kept.accepted
        )
        self._fresh.keep(item.place, claim)


def _item_of(message: Message, records: dict[str, tuple[Record, int]]) -> Item:
    partition, id = place_in(message.subject)
    record, revision = records.get(id, (None, 0))
    return Item(id, partition, read_kept(message), message.sequence, record, revision)

"""
What this machine knows of the partitions that it has: what waits there, whose turn it is, what runs.

Memory only. Whose turn it is says :class:`~luahost.server.spool.turns.Turns`, as with other spools. What
belongs to a partition comes and goes with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from luahost.clock import Clock
from luahost.dataclass import dataclass, field
from luahost.server.spool.entries import Claim
from luahost.server.spool.nats.forms import Kept, Record, first_record
from luahost.server.spool.turns import NEVER, Joining, Turns, Waiting


@dataclass(slots=True)
class Item:
    """
    A transaction of one of our partitions.

    Attributes:
        id: Its id.

        partition: Where it is.

        kept: What the spool knows of it.

        sequence: That of its message.

        record: How far it is; None: nobody has begun it.

        revision: The sequence of the message that says so, 0 for none; None: it has to be read again.

        wanted: What was to be written when nobody answered.
    """

    id: str
    partition: int
    kept: Kept
    sequence: int
    record: Record | None = None
    revision: int | None = 0
    wanted: Record | None = None

    @property
    def place(self) -> int:
        """
        Its place among all.
        """
        return self.sequence if self.kept.place is None else self.kept.place

    @property
    def standing(self) -> Record:
        """
        How far it is.
        """
        return first_record(self.kept) if self.record is None else self.record


@dataclass(slots=True)
class Held:
    """
    What was claimed, and by that is ours until it is settled.

    Attributes:
        claim: As its claimer has it.

        waiting: Its turn.

        items: It, and those that run with it.

        answered: Whether there are answers to its requests.

        unwritten: Answers that could not be written.

        writing: Has them written one after the other.
    """

    claim: Claim
    waiting: Waiting
    items: list[Item]
    answered: bool = False
    unwritten: dict[str, bytes] = field(default_factory=dict)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Book:
    """
    All that is in our partitions.

    Args:
        clock: The spool's time.

    Attributes:
        turns: Whose turn it is.

        claimed: What was claimed, by id.

        ghosts: What was claimed when its partition was lost, with that, until its claimer hears of it: it may
            run until then.
    """

    def __init__(self, clock: Clock) -> None:
        self.turns = Turns()
        self.claimed: dict[str, Held] = {}
        self.ghosts: dict[str, int] = {}
        self._clock = clock
        self._items: dict[int, Item] = {}
        self._places: dict[str, int] = {}
        self._open: dict[int, set[int]] = {}
        self._running: dict[int, Waiting] = {}

    def __contains__(self, id: str) -> bool:
        return id in self._places

    def open(self, partition: int) -> None:
        """
        A partition is ours, and what is in it will be added.
        """
        self._open.setdefault(partition, set())

    def is_open(self, partition: int) -> bool:
        """
        Whether it is.
        """
        return partition in self._open

    def item(self, id: str) -> Item | None:
        """
        One of them.
        """
        place = self._places.get(id)
        return None if place is None else self._items[place]

    def items_of(self, waiting: Waiting) -> list[Item] | None:
        """
        Those that have their turn together; None if their partition is not ours any more.
        """
        if self._running.get(waiting.sequence) is not waiting:
            return None
        found = [self._items.get(one.sequence) for one in (waiting, *waiting.followers)]
        return [item for item in found if item is not None]

    def waits(self, item: Item) -> bool:
        """
        Whether it is there and does not have its turn.
        """
        if self._items.get(item.place) is not item:
            return False
        runs = (waiting for waiting in self._running.values() if waiting.user == item.kept.user)
        return all(item.place not in (one.sequence for one in (first, *first.followers)) for first in runs)

    def add(self, item: Item) -> None:
        """
        One that waits; nothing happens if it is known already.
        """
        if item.place in self._items:
            return
        self._items[item.place] = item
        self._open[item.partition].add(item.place)
        self._places[item.id] = item.place
        now, time = self._clock.monotonic(), self._clock.time()
        self.turns.add(_waiting(item, now, time), now=now, time=time)

    def forget(self, item: Item) -> None:
        """
        One that does not wait, and is not to be known any more.
        """
        if self._places.pop(item.id, None) is not None:
            self._items.pop(item.place, None)
            self._open.get(item.partition, set()).discard(item.place)

    def remove(self, item: Item) -> None:
        """
        One that waits is gone.
        """
        self.forget(item)
        now, time = self._clock.monotonic(), self._clock.time()
        self.turns.remove(item.place, item.kept.user, now=now, time=time)

    def take(self, most: int) -> tuple[list[Waiting], list[Item]]:
        """
        Those that may run now, and those whose time is over; of the latter it knows nothing any more.
        """
        taken, late = self.turns.take(most, now=self._clock.monotonic(), time=self._clock.time())
        self._running.update({waiting.sequence: waiting for waiting in taken})
        expired = [item for one in late if (item := self._items.get(one.sequence)) is not None]
        for item in expired:
            self.forget(item)
        return taken, expired

    def again(self, waiting: Waiting, *, due: float | None = None, ran: bool = True) -> None:
        """
        One that had its turn waits once more, if its partition is ours and not about to go.

        Args:
            waiting: Its turn.

            due: Not before this moment of the monotonic clock; None: as before.

            ran: Whether it has been begun.
        """
        items = self.items_of(waiting)
        if items is None:
            return
        del self._running[waiting.sequence]
        now, time = self._clock.monotonic(), self._clock.time()
        if not self.is_open(items[0].partition):
            self.turns.finished(waiting, now=now, time=time)
            for item in items:
                self.forget(item)
        else:
            moment = waiting.due if due is None else due
            self.turns.again(waiting, due=moment, now=now, time=time, ran=ran)

    def finished(self, held: Held) -> None:
        """
        What was claimed is out of the way.
        """
        if self._running.get(held.waiting.sequence) is held.waiting:
            del self._running[held.waiting.sequence]
            now, time = self._clock.monotonic(), self._clock.time()
            self.turns.finished(held.waiting, now=now, time=time)
        for item in held.items:
            self.forget(item)

    def close(self, partition: int) -> None:
        """
        A partition is not ours any more.
        """
        lost = [held for held in self.claimed.values() if held.items[0].partition == partition]
        for held in lost:
            del self.claimed[held.claim.id]
            self.ghosts[held.claim.id] = partition
            self.finished(held)
        now, time = self._clock.monotonic(), self._clock.time()
        for item in [item for item in self._items.values() if item.partition == partition]:
            running = self._running.pop(item.place, None)
            if running is not None:
                self.turns.finished(running, now=now, time=time)
            else:
                self.turns.remove(item.place, item.kept.user, now=now, time=time)
            self.forget(item)
        self._open.pop(partition, None)

    def retire(self, partition: int) -> None:
        """
        Give nothing more out of a partition. What runs is finished; what waits is not known any more.
        """
        for item in [self._items[place] for place in self._open.get(partition, ())]:
            if self.waits(item):
                self.remove(item)
        self._open.pop(partition, None)

    def moment(self, due: float) -> float:
        """
        A time of day by the monotonic clock.
        """
        return self._clock.monotonic() + due - self._clock.time()

    def pause(self) -> float | None:
        """
        How long until somebody may have a turn; None if that takes an event.
        """
        moment = self.turns.next_moment()
        return None if moment is None else max(moment - self._clock.monotonic(), 0.0)

    def running_in(self, partition: int) -> bool:
        """
        Whether anything of a partition has its turn.
        """
        running = (self._items.get(place) for place in self._running)
        return any(item is not None and item.partition == partition for item in running)

    def ids(self) -> Iterable[str]:
        """
        The ids of all.
        """
        return tuple(self._places)


def _waiting(item: Item, now: float, time: float) -> Waiting:
    standing, window = item.standing, item.kept.window
    due, expires = standing.due, standing.expires
    return Waiting(
        item.place,
        item.kept.user,
        # If the clock was set back since, the wait is no longer than it was meant to be.
        -NEVER if due is None else now + min(due - time, due - standing.changed),
        NEVER if expires is None else expires,
        None if window is None else Joining(window.key, item.kept.accepted, window.until),
        standing.run,
    )

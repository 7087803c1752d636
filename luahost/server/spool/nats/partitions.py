"""
Which partitions this machine has, and which others have.

Each partition has a key in a bucket, with the name of the machine that has it, or nothing. A machine writes
its name there only where nobody's is, or a dead machine's, and expecting what it saw; so of two that want a
partition one gets it. It has it from then on until it gives it back: nobody else writes there before the
machine is dead for all (:mod:`~luahost.server.spool.nats.lease`). While its lease does not stand it does not
know whether it is, and neither begins nor ends anything; if it turns out that it is not, it goes on where it
was.

The bucket is followed, so all know who has what, and nothing is asked while nothing changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection

from luahost.dataclass import dataclass
from luahost.errors import SpoolError
from luahost.server.spool.nats.follower import Follower
from luahost.server.spool.nats.lease import Lease
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.requests import Message, Requests

NOBODY = ""


@dataclass(frozen=True, slots=True)
class _Owned:
    """
    Who has a partition.

    Attributes:
        by: The machine's name; :data:`NOBODY`.

        revision: The sequence of the message that says so, 0 for none.
    """

    by: str = NOBODY
    revision: int = 0


class Partitions:
    """
    The partitions of this machine, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        lease: Ours.

        number: How many partitions there are.

        gained: Is told of a partition that is ours from now on.

        lost: Is told of one that is not any more.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        lease: Lease,
        *,
        number: int,
        gained: Callable[[int], None],
        lost: Callable[[int], None],
    ) -> None:
        self._requests = requests
        self._names = names
        self._lease = lease
        self._owned = dict.fromkeys(range(number), _Owned())
        self._gained = gained
        self._lost = lost
        self._ours: set[int] = set()
        self._leaving: set[int] = set()
        self._follower = Follower(requests, names.owners, self._heard)

    async def start(self) -> None:
        """
        Hear from now on who has what.
        """
        await self._follower.follow([self._names.owner("*")], start=1)

    async def stop(self) -> None:
        """
        Give all back, so that others need not wait.
        """
        await asyncio.gather(*(self.release(number) for number in self.owned_by({self._lease.name})))
        await self._follower.stop()

    def renew(self) -> None:
        """
        The connection is there again, and something may have been missed.
        """
        self._follower.renew()

    @property
    def sure(self) -> bool:
        """
        Whether what is ours cannot be another's at this moment. From any thread.
        """
        return self._lease.stands

    @property
    def all(self) -> list[int]:
        """
        Those that are ours as far as we know.
        """
        return sorted(self._ours)

    @property
    def held(self) -> list[int]:
        """
        Those that are ours, for sure. From any thread.
        """
        return self.all if self.sure else []

    def holds(self, number: int) -> bool:
        """
        Whether a partition is ours, for sure. From any thread.
        """
        return number in self._ours and self.sure

    def has(self, number: int) -> bool:
        """
        Whether a partition is ours as far as we know.
        """
        return number in self._ours

    def look(self) -> None:
        """
        See what is ours now that our lease may be another one, and tell what has changed.
        """
        for number in self._owned:
            self._compare(number)

    def owned_by(self, machines: Collection[str]) -> list[int]:
        """
        The partitions of some machines.
        """
        return [number for number, owned in self._owned.items() if owned.by in machines]

    def owners(self) -> set[str]:
        """
        The names of all machines that have partitions.
        """
        return {owned.by for owned in self._owned.values()} - {NOBODY}

    async def take(self, most: int, dead: Collection[str]) -> None:
        """
        Take so many partitions at most that nobody has, or somebody who is dead.
        """
        free = self.owned_by({NOBODY, *dead})
        # Others want some, too, and not just the same ones.
        random.shuffle(free)
        await asyncio.gather(*(self._write(number, self._lease.name) for number in free[: max(most, 0)]))

    async def set_free(self, dead: str) -> None:
        """
        What a dead machine still has is nobody's from now on.
        """
        await asyncio.gather(*(self._write(number, NOBODY) for number in self.owned_by({dead})))

    async def release(self, number: int) -> None:
        """
        Give one back. If nobody hears that, it is tried again by :meth:`release_left`.
        """
        if self._owned[number].by == self._lease.name:
            self._leaving.add(number)
            self._compare(number)
            await self._write(number, NOBODY)

    async def release_left(self) -> None:
        """
        Give back what could not be given back before.
        """
        await asyncio.gather(*(self.release(number) for number in list(self._leaving)))

    async def _write(self, number: int, owner: str) -> None:
        """
        Write who has a partition from now on, if that is nobody else's by now.
        """
        # Without an answer it is what the servers tell of it.
        with contextlib.suppress(SpoolError):
            revision = await self._requests.store(
                self._names.owner(number),
                owner.encode("ascii"),
                id=self._requests.new_id(),
                expected=self._owned[number].revision,
            )
            self._note(number, _Owned(owner, revision))

    def _heard(self, message: Message) -> None:
        number = int(message.subject.rpartition(".")[2])
        if number in self._owned:
            self._note(number, _Owned(message.payload.decode("ascii", "replace"), message.sequence))

    def _note(self, number: int, owned: _Owned) -> None:
        if owned.revision <= self._owned[number].revision:
            return
        self._owned[number] = owned
        if owned.by != self._lease.name:
            self._leaving.discard(number)
        self._compare(number)

    def _compare(self, number: int) -> None:
        ours = self._owned[number].by == self._lease.name and number not in self._leaving
        if ours and number not in self._ours:
            self._ours.add(number)
            self._gained(number)
        elif not ours and number in self._ours:
            self._ours.discard(number)
            self._lost(number)

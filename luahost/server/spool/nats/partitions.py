"""
Which partitions this machine has: the servers of NATS hand them out and take them away.

Each partition is a message that is never used up. Whoever it was delivered to has the partition for as long
as they say so, several times in the time of a lease; from who is silent it goes to another machine, by
itself. A lease is counted from before it was asked for, so we know that it is over before anybody else can
have it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from luahost.errors import SpoolError
from luahost.server.spool.nats.names import OWNERS, Names
from luahost.server.spool.nats.requests import Requests

if TYPE_CHECKING:
    from nats.aio.msg import Msg

MARGIN = 0.1
"""What part of a lease we do not use, for clocks that run at another speed."""

_PARTS = 4
"""How often in the time of a lease it is prolonged, and more partitions are asked for."""

_NANOSECONDS = 1_000_000_000


@dataclass(slots=True)
class _Lease:
    """
    A partition that we have.

    Attributes:
        reply: Where to say that we still have it.

        until: Until when that holds, by the monotonic clock.
    """

    reply: str
    until: float


class Partitions:
    """
    The partitions of this machine, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        most: How many partitions there are.

        lease_seconds: For how long a partition is ours without a word.

        gained: Is told of a partition that is ours from now on.

        lost: Is told of one that is not any more.

    Attributes:
        wanted: Whether more are asked for.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        *,
        most: int,
        lease_seconds: float,
        gained: Callable[[int], None],
        lost: Callable[[int], None],
    ) -> None:
        self.wanted = True
        self._requests = requests
        self._names = names
        self._most = most
        self._seconds = lease_seconds * (1 - MARGIN)
        self._gained = gained
        self._lost = lost
        self._leases: dict[int, _Lease] = {}
        self._pulls: deque[tuple[float, Any]] = deque()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """
        Ask for partitions from now on.
        """
        self._tasks = [asyncio.create_task(self._pull()), asyncio.create_task(self._prolong())]

    async def stop(self) -> None:
        """
        Give all back, so that others need not wait.
        """
        for task in self._tasks:
            task.cancel()
        await self._forget_pulls(before=monotonic())
        await asyncio.gather(*(self.release(number) for number in list(self._leases)))

    @property
    def held(self) -> list[int]:
        """
        Those that are ours.
        """
        return [number for number in list(self._leases) if self.holds(number)]

    def holds(self, number: int) -> bool:
        """
        Whether a partition is ours at this moment.
        """
        lease = self._leases.get(number)
        if lease is None:
            return False
        if monotonic() < lease.until:
            return True
        del self._leases[number]
        self._lost(number)
        return False

    def is_sure(self, number: int) -> bool:
        """
        The same, from any thread.
        """
        lease = self._leases.get(number)
        return lease is not None and monotonic() < lease.until

    async def release(self, number: int) -> None:
        """
        Give one back.
        """
        lease = self._leases.pop(number, None)
        if lease is None:
            return
        self._lost(number)
        # If nobody hears that, it is free when the lease ends.
        with contextlib.suppress(SpoolError):
            await self._requests.answer(lease.reply, b"-NAK")

    async def _pull(self) -> None:
        """
        Have a request for partitions stand all the time.
        """
        while True:
            if self.wanted:
                with contextlib.suppress(SpoolError, *self._requests.connection.failures):
                    await self._pull_once()
            await asyncio.sleep(self._seconds / _PARTS)
            await self._forget_pulls(before=monotonic() - self._seconds)

    async def _pull_once(self) -> None:
        sent, client = monotonic(), self._requests.connection.client

        async def handed(message: Msg) -> None:
            self._handed(message, sent)

        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox, cb=handed, pending_msgs_limit=0, pending_bytes_limit=0)
        self._pulls.append((sent, subscription))
        body = {"batch": self._most, "expires": int(self._seconds / _PARTS * _NANOSECONDS)}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._names.partitions}.{OWNERS}"
        await self._requests.tell(subject, json.dumps(body).encode(), reply=inbox)

    async def _forget_pulls(self, *, before: float) -> None:
        while self._pulls and self._pulls[0][0] <= before:
            _, subscription = self._pulls.popleft()
            with contextlib.suppress(*self._requests.connection.failures):
                await subscription.unsubscribe()

    def _handed(self, message: Msg, asked: float) -> None:
        number = message.subject.rpartition(".")[2]
        if message.headers and "Status" in message.headers:
            return
        until = asked + self._seconds
        if monotonic() >= until:
            # It has waited for us for so long that it may be another's by now.
            return
        partition = int(number)
        known = self._leases.get(partition)
        self._leases[partition] = _Lease(message.reply, until)
        if known is None:
            self._gained(partition)

    async def _prolong(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / _PARTS)
            await asyncio.gather(*(self._prolong_one(number) for number in self.held))

    async def _prolong_one(self, number: int) -> None:
        lease = self._leases.get(number)
        if lease is None:
            return
        sent = monotonic()
        with contextlib.suppress(SpoolError):
            await self._requests.answer(lease.reply, b"+WPI")
            if self.holds(number) and self._leases.get(number) is lease:
                lease.until = sent + self._seconds

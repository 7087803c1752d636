"""
That we are there: what a machine writes of itself several times in the time of a lease, and what follows.

Each of these writes expects to find our last one. Whoever takes a silent machine for dead writes in its
place, with the same expectation; the servers let one of the two through. So either we hear that we are dead,
or we are not. Our lease counts from the moment at which our last write that went through was sent: it is over
for us before anybody may write in our place.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from time import CLOCK_BOOTTIME, clock_gettime

from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.requests import ConflictError, Requests

MARGIN = 0.1
"""What part of a lease we do not use, for clocks that run at another speed."""


def since_start() -> float:
    """
    Seconds by a clock that goes on while the machine is asleep, unlike the monotonic one: to others it is
    silent then.
    """
    return clock_gettime(CLOCK_BOOTTIME)


class Lease:
    """
    Ours, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        node: Who we are.

        seconds: How long a machine may be silent before others take it for dead.

        runs: Whether we run transactions; who only takes them in is looked at by nobody.

        now: A clock that only goes forward, and does not stand still.

    Attributes:
        name: Who we are while this lease lasts. Once we were taken for dead we go on as somebody else.

        past: Who we were before.

        seconds: The same.

        now: The same.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        node: str,
        *,
        seconds: float,
        runs: bool = True,
        now: Callable[[], float] = since_start,
    ) -> None:
        self.seconds = seconds
        self.now = now
        self.past: set[str] = set()
        self._requests = requests
        self._names = names
        self._node = node
        self._runs = runs
        self._numbers = itertools.count(1)
        self._revision: int | None = 0
        self._heard = False
        self._until = -float("inf")
        self.name = self._new_name()

    @property
    def stands(self) -> bool:
        """
        Whether nobody can take us for dead at this moment. From any thread.
        """
        return self.now() < self._until

    @property
    def subject(self) -> str:
        """
        Where we say that we are there.
        """
        return self._names.node(self.name, runs=self._runs)

    async def say(self, told: bytes) -> None:
        """
        Say that we are there, and prolong our lease by that.

        Args:
            told: What else there is to say of us; something.

        Raises:
            SpoolError: It is not known whether that was heard. The lease is as it was.
        """
        sent = self.now()
        try:
            if self._revision is None:
                await self._find_revision()
            expected, self._revision = self._revision, None
            self._revision = await self._requests.store(
                self.subject, told, id=self._requests.new_id(), expected=expected
            )
        except ConflictError:
            self._begin_anew()
        else:
            self._heard = True
            self._until = sent + self.seconds * (1 - MARGIN)

    async def leave(self) -> None:
        """
        Be there no more.
        """
        self._until = -float("inf")
        await self._requests.purge(self._names.nodes, self.subject)

    async def _find_revision(self) -> None:
        """
        After a write that nobody answered: whether it was heard.
        """
        found = await self._requests.newest(self._names.nodes, self.subject)
        # What is gone, and was there, was written over by somebody and then cleared away.
        if self._heard if found is None else not found.payload:
            raise ConflictError(f"{self.name} was taken for dead")
        self._revision = 0 if found is None else found.sequence

    def _begin_anew(self) -> None:
        self._until = -float("inf")
        self._revision, self._heard = 0, False
        self.past.add(self.name)
        self.name = self._new_name()

    def _new_name(self) -> str:
        return f"{self._node}-{next(self._numbers)}"

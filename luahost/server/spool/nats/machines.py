"""
The machines that take part: each says several times in a lease that it is there, and sees who else is.

By their number it knows its fair share of partitions. It takes no more, and what it has had too much for a
while it hands back. Nothing is agreed on; who runs what hangs on what is written of partitions alone.

A machine does not look at all others, or what is read would grow with the square of their number: it reads
who there is, in one answer, and what those say that come after it in the order of names. Whom it finds silent
for a lease it takes for dead, for all to see.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from luahost import __version__
from luahost.errors import SpoolError, fault_words
from luahost.server.spool.entries import Machine
from luahost.server.spool.nats.lease import Lease
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.partitions import Partitions
from luahost.server.spool.nats.requests import ConflictError, Requests
from luahost.server.spool.this_machine import own_id, own_name

PARTS = 6
"""How often in the time of a lease a machine says that it is there, and looks who else is."""

LOOKED_AT = 3
"""How many others a machine looks at, so that the death of two in a row is noticed at once."""

OVER_LEASES = 2
"""
For how many leases a machine has too many partitions before it hands some back. A machine that died is
counted among the others for less.
"""

log = logging.getLogger("luahost.server")


class Machines:
    """
    Ours among the others, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        lease: Ours.

        number: How many partitions there are.

        partitions: Those that are ours.

        hand_over: Begins to give one of them to others, if that has not been begun.

        running: Says how many transactions run here.

        runs: Whether any do; a machine that only takes them in has no partitions.

    Attributes:
        wanted: Whether more partitions are taken.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        lease: Lease,
        *,
        number: int,
        partitions: Partitions,
        hand_over: Callable[[int], None],
        running: Callable[[], int],
        runs: bool = True,
    ) -> None:
        self.wanted = True
        self._requests = requests
        self._names = names
        self._lease = lease
        self._number = number
        self._partitions = partitions
        self._hand_over = hand_over
        self._running = running
        self._runs = runs
        self._over_since: float | None = None
        self._seen: dict[str, tuple[int, float]] = {}
        self._dead: set[str] = set()

    async def take_part(self) -> None:
        """
        Say that we are there, look who else is, and keep to our share, until cancelled.
        """
        between = self._lease.seconds / PARTS
        while True:
            began = self._lease.now()
            # Our lease ends by itself if that goes on.
            try:
                await self.step()
            except SpoolError:
                pass
            except Exception as fault:  # noqa: BLE001  whatever it is, who takes part no more runs nothing
                log.error("taking part in the cluster failed, and is tried again: %s", fault_words(fault))
            await asyncio.sleep(max(between - (self._lease.now() - began), 0.0))

    async def step(self) -> None:
        """
        Do so once.

        Raises:
            SpoolError: The servers do not answer.
        """
        stood = self._lease.stands
        await self._say()
        self._partitions.look()
        if not self._runs:
            return
        if not stood:
            # We may have missed what others said.
            self._seen.clear()
        if self._lease.stands:
            await self._partitions.release_left()
            await self._keep_share(await self._look_around())

    async def leave(self) -> None:
        """
        Say that we are not there any more.
        """
        await self._requests.purge(self._names.nodes, self._names.leaving(self._lease.name))
        await self._lease.leave()

    async def _say(self) -> None:
        told = {
            "name": own_name(),
            "id": own_id(),
            "process": os.getpid(),
            "version": __version__,
            "runs": self._runs,
            "partitions": self._partitions.held,
            "running": self._running(),
        }
        await self._lease.say(json.dumps(told).encode("ascii"))
        if self._runs and not self.wanted:
            await self._requests.store(self._names.leaving(self._lease.name), b"", id=self._requests.new_id())

    async def _look_around(self) -> int:
        """
        See who is there and who is dead; answers how many share partitions.
        """
        found = await self._names_said()
        there = {*found["machine"], self._lease.name}
        circle = sorted(there)
        at = circle.index(self._lease.name) + 1
        after = [*circle[at:], *circle[: at - 1]][:LOOKED_AT]
        # Those that have partitions and say nothing at all are not in the circle.
        gone = self._partitions.owners() - there - self._lease.past
        looked_at = {*after, *gone}
        self._seen = {name: seen for name, seen in self._seen.items() if name in looked_at}
        names = list(looked_at)
        states = await asyncio.gather(*(self._is_dead(name) for name in names))
        self._dead = {name for name, dead in zip(names, states, strict=True) if dead} | self._lease.past
        return len(there - self._dead - found["leaving"])

    async def _names_said(self) -> dict[str, set[str]]:
        """
        The names of all by what they are: the part of their subjects before that.
        """
        request = {"subjects_filter": self._names.all_nodes}
        info = await self._requests.api(f"STREAM.INFO.{self._names.nodes}", request)
        found: dict[str, set[str]] = {"machine": set(), "leaving": set()}
        for subject in info["state"].get("subjects") or {}:
            _, kind, name = subject.rsplit(".", 2)
            found.setdefault(kind, set()).add(name)
        return found

    async def _is_dead(self, name: str) -> bool:
        """
        Whether a machine is dead for all, which it is from now on if it was silent for a lease.
        """
        subject = self._names.node(name)
        found = await self._requests.newest(self._names.nodes, subject)
        if found is not None and not found.payload:
            return True
        revision = 0 if found is None else found.sequence
        seen = self._seen.get(name)
        if seen is None or seen[0] != revision:
            self._seen[name] = revision, self._lease.now()
            return False
        if self._lease.now() < seen[1] + self._lease.seconds:
            return False
        try:
            await self._requests.store(subject, b"", id=self._requests.new_id(), expected=revision)
        except ConflictError:
            # It lives, or somebody else was quicker.
            return False
        return True

    async def _keep_share(self, number: int) -> None:
        share = -(-self._number // max(number, 1))
        held = self._partitions.held
        if self.wanted:
            await self._partitions.take(share - len(held), self._dead)
        for name in self._dead:
            await self._partitions.set_free(name)
            if not self._partitions.owned_by({name}):
                await self._requests.purge(self._names.nodes, self._names.node(name))
                self._lease.past.discard(name)
        if len(held) <= share:
            self._over_since = None
            return
        if self._over_since is None:
            self._over_since = self._lease.now()
        if self._lease.now() - self._over_since >= OVER_LEASES * self._lease.seconds:
            # It may take as long as what runs there, and we have to go on saying that we are there.
            for number in held[share:]:
                self._hand_over(number)


async def said_by_machines(requests: Requests, names: Names) -> list[Mapping[str, Any]]:
    """
    What the machines that take part have said last.
    """
    found = requests.messages(names.nodes, names.all_nodes)
    return [json.loads(message.payload) async for message in found if message.payload]


async def machines_in(requests: Requests, names: Names) -> list[Machine]:
    """
    See :meth:`~luahost.server.spool.spool.SpoolControl.machines`.
    """
    return _machines(said for said in await said_by_machines(requests, names) if said["runs"])


async def servers_in(requests: Requests, names: Names) -> list[Machine]:
    """
    All servers, those that only take transactions in among them.
    """
    return _machines(await said_by_machines(requests, names))


def _machines(said: Iterable[Mapping[str, Any]]) -> list[Machine]:
    found = (Machine(name=each["name"], process=each["process"], id=each.get("id")) for each in said)
    return sorted(found, key=lambda machine: (machine.name, machine.process))

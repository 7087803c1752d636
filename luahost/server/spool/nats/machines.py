"""
The machines that take part: each says every second that it is there, and sees how many there are.

By that it knows its fair share of partitions. The servers hand partitions to whoever asks; a machine that has
had too many for a while asks for no more, and hands the others back. Nothing is agreed on, and who runs what
hangs on leases alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import monotonic
from typing import Any

from luahost import __version__
from luahost.errors import SpoolError
from luahost.server.spool.entries import Machine
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.partitions import Partitions
from luahost.server.spool.nats.requests import Requests

SAY_SECONDS = 1.0
"""How often a machine says that it is there."""

OVER_LEASES = 2
"""
For how many leases a machine has too many partitions before it hands some back. A machine that died is
counted among the others for less.
"""


class Machines:
    """
    Ours among the others, in the connection's loop.

    Args:
        requests: To ask with.

        names: The spool's.

        node: Who we are.

        all_partitions: How many partitions there are.

        partitions: Those that are ours.

        lease_seconds: For how long a partition is ours without a word.

        hand_over: Gives one of them to others.

        running: Says how many transactions run here.

        runs: Whether any do; a machine that only takes them in has no partitions.
    """

    def __init__(
        self,
        requests: Requests,
        names: Names,
        node: str,
        *,
        all_partitions: int,
        partitions: Partitions,
        lease_seconds: float,
        hand_over: Callable[[int], Awaitable[None]],
        running: Callable[[], int],
        runs: bool = True,
    ) -> None:
        self._requests = requests
        self._names = names
        self._node = node
        self._all = all_partitions
        self._partitions = partitions
        self._over_seconds = OVER_LEASES * lease_seconds
        self._hand_over = hand_over
        self._running = running
        self._runs = runs
        self._over_since: float | None = None

    async def take_part(self) -> None:
        """
        Say that we are there, and keep to our share, until cancelled.
        """
        while True:
            try:
                await self._say()
                await self._keep_share()
            except SpoolError:
                # Whoever does not hear of us believes that there is one machine less, for now.
                pass
            await asyncio.sleep(SAY_SECONDS)

    async def leave(self) -> None:
        """
        Say that we are not there any more.
        """
        await self._requests.purge(self._names.nodes, self._names.node(self._node))

    async def _say(self) -> None:
        told = {
            "name": own_name(),
            "process": os.getpid(),
            "version": __version__,
            "runs": self._runs,
            "partitions": sorted(self._partitions.held),
            "running": self._running(),
        }
        await self._requests.store(
            self._names.node(self._node), json.dumps(told).encode("ascii"), id=self._requests.new_id()
        )

    async def _keep_share(self) -> None:
        if not self._runs:
            return
        machines = await machines_in(self._requests, self._names)
        share = -(-self._all // max(len(machines), 1))
        held = self._partitions.held
        if len(held) <= share:
            if self._over_since is not None:
                self._over_since = None
                self._partitions.wanted = True
            return
        if self._over_since is None:
            self._over_since = monotonic()
        if monotonic() - self._over_since < self._over_seconds:
            return
        if self._partitions.wanted:
            # What was asked for last is over first, or we would be handed what we hand back.
            self._partitions.wanted = False
        else:
            await asyncio.gather(*(self._hand_over(number) for number in held[share:]))


def own_name() -> str:
    """
    What this machine is called.
    """
    return socket.gethostname()


async def said_by_machines(requests: Requests, names: Names) -> list[Mapping[str, Any]]:
    """
    What the machines that take part have said last.
    """
    found = requests.messages(names.nodes, names.node())
    return [json.loads(message.payload) async for message in found]


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
    found = (Machine(name=each["name"], process=each["process"]) for each in said)
    return sorted(found, key=lambda machine: (machine.name, machine.process))

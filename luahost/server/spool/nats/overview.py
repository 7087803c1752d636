"""
How a spool's cluster is doing: its streams with their leaders and replicas, and who has which partitions.

Asked of JetStream, of nobody's configuration: what it says here is what holds.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from luahost.dataclass import dataclass
from luahost.errors import SpoolError
from luahost.server.spool.nats.api import ApiError
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import Declared, declared, streams
from luahost.server.spool.nats.names import Names

T = TypeVar("T")

SECONDS = 3.0
"""How long a stream may take to say how it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """
    A server that keeps a copy of a stream and does not lead it.

    Attributes:
        server: Its name.

        online: Whether the leader hears of it.

        current: Whether it has all that the leader has.

        lag: How many operations it is behind.
    """

    server: str
    online: bool
    current: bool
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """
    A stream.

    Attributes:
        name: Its name.

        messages: How many there are in it; None if nobody says, as there is no leader.

        bytes: How many they take.

        leader: The server that leads it; None if there is none now, so that nothing can be written; the
            server itself where there is no cluster.

        replicas: The others.

        wanted: How many copies there are to be, the leader's among them.
    """

    name: str
    messages: int | None
    bytes: int | None
    leader: str | None
    replicas: Sequence[Replica]
    wanted: int

    @property
    def well(self) -> bool:
        """
        Whether it is written to by a leader and all copies are there.
        """
        return (
            self.leader is not None
            and 1 + len(self.replicas) >= self.wanted
            and all(replica.online and replica.current for replica in self.replicas)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """
    A machine that runs transactions, as it says itself each second.

    Attributes:
        name: Its name.

        partitions: Those whose users' transactions it runs.

        running: How many run there now.

        version: Its luahost's; None if it does not say.

        id: Whatever it is called, see :func:`~luahost.server.spool.this_machine.own_id`; None if it does not
            say.
    """

    name: str
    partitions: Sequence[int]
    running: int
    version: str | None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """
    All of it.

    Attributes:
        server: The server that was asked.

        version: Its version.

        cluster: Its cluster's name; None if it is alone.

        declared: How the spool is set up; None if nobody says.

        streams: Its streams.

        machines: Who runs transactions; None if nobody says.

        handed_out: How many partitions somebody has.
    """

    server: str
    version: str
    cluster: str | None
    declared: Declared | None
    streams: Sequence[Stream]
    machines: Sequence[Machine] | None
    handed_out: int

    @property
    def well(self) -> bool:
        """
        Whether all streams are.
        """
        return all(stream.well for stream in self.streams)


async def overview(connection: Connection) -> Overview:
    """
    How the cluster of a connection is doing. What has no leader at the moment says nothing of itself.

    Raises:
        UsageError: The spool is not set up, see :func:`~luahost.server.spool.nats.declarations.declared`.
    """
    names = list(streams(Names(connection.prefix), Declared()))
    how, machines, *infos = await asyncio.gather(
        _or_none(declared(connection, patience_seconds=SECONDS)),
        _or_none(_machines(connection)),
        *(_or_none(connection.ask(f"STREAM.INFO.{name}", seconds=SECONDS)) for name in names),
    )
    version = connection.client.connected_server_version
    told = dict(zip(names, infos, strict=True))
    clusters = [(info.get("cluster") or {}).get("name") for info in infos if info is not None]
    return Overview(
        server=connection.server_name,
        version=f"{version.major}.{version.minor}.{version.patch}",
        cluster=next(filter(None, clusters), None),
        declared=how,
        streams=[_stream(name, info, connection.server_name) for name, info in told.items()],
        machines=machines,
        handed_out=len({number for machine in machines or () for number in machine.partitions}),
    )


async def _or_none(coroutine: Coroutine[Any, Any, T]) -> T | None:
    """
    None in the place of no answer.
    """
    try:
        return await coroutine
    except SpoolError:
        return None


def _stream(name: str, info: Mapping[str, Any] | None, server: str) -> Stream:
    if info is None:
        return Stream(name=name, messages=None, bytes=None, leader=None, replicas=(), wanted=1)
    cluster = info.get("cluster")
    # A server alone has no cluster to tell of.
    leader = server if cluster is None else cluster.get("leader") or None
    replicas = () if cluster is None else cluster.get("replicas") or ()
    return Stream(
        name=name,
        messages=info["state"]["messages"],
        bytes=info["state"]["bytes"],
        leader=leader,
        replicas=[
            Replica(
                server=each["name"],
                online=not each.get("offline", False),
                current=each.get("current", False),
                lag=each.get("lag", 0),
            )
            for each in replicas
        ],
        wanted=info["config"]["num_replicas"],
    )


async def _machines(connection: Connection) -> list[Machine]:
    """
    What is in the bucket of machines. One that says something meanwhile is found again behind the others:
    what it said last counts, and nothing means that it is gone.
    """
    names = Names(connection.prefix)
    machines: dict[str, Machine] = {}
    sequence = 1
    while True:
        request = {"seq": sequence, "next_by_subj": names.node()}
        try:
            message = (await connection.ask(f"STREAM.MSG.GET.{names.nodes}", request))["message"]
        except ApiError as error:
            if error.not_found:
                return sorted(machines.values(), key=lambda machine: (machine.name, machine.id or ""))
            raise
        sequence = message["seq"] + 1
        if data := message.get("data"):
            machines[message["subject"]] = _machine(json.loads(base64.b64decode(data)))
        else:
            machines.pop(message["subject"], None)


def _machine(said: Mapping[str, Any]) -> Machine:
    return Machine(
        name=str(said.get("name", "?")),
        partitions=sorted(said.get("partitions", ())),
        running=int(said.get("running", 0)),
        version=said.get("version"),
        id=said.get("id"),
    )

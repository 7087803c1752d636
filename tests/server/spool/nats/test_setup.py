"""
What luahost declares on NATS: made, looked at, changed.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from luahost.config.nats_place import NatsPlace, nats_place
from luahost.errors import SpoolError, UsageError
from luahost.server.spool.nats.api import ApiError, NoAnswerError, ask
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import Declared, declare, declared, found, streams
from luahost.server.spool.nats.elections import insist
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.overview import overview
from luahost.server.spool.nats.setup import Plan, carry_out, plan
from tests.nats.cluster import Cluster

SECONDS = 30

Open = Callable[..., Connection]
Call = Callable[..., Any]


@pytest.fixture
def at(nats_url: str) -> Iterator[Open]:
    """
    Connections to the test's place on the shared server, with more that the URL says.
    """
    opened: list[Connection] = []

    def open_one(said: str = "replicas=1&partitions=4") -> Connection:
        opened.append(Connection(nats_place(f"{nats_url}?{said}")))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def api(at: Open) -> Call:
    """
    Asks JetStream directly.
    """
    connection = at("replicas=1")

    def call(subject: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        return connection.call(ask(connection.client, subject, request)).result(SECONDS)

    return call


def planned(connection: Connection) -> Plan:
    """
    What would be done.
    """
    return connection.call(plan(connection)).result(SECONDS)


def set_up(connection: Connection) -> Plan:
    """
    Do it.
    """
    found = planned(connection)
    connection.call(carry_out(connection, found)).result(SECONDS)
    return found


def how(connection: Connection) -> Declared:
    """
    How it is set up.
    """
    return connection.call(declared(connection)).result(SECONDS)


def test_from_nothing(at: Open, nats_prefix: str) -> None:
    """
    Nothing is there, then all is, and setting it up again changes nothing.
    """
    first = set_up(at())

    assert [change.words for change in first.changes] == ["new"] * 8
    assert {change.name for change in first.changes} == set(streams(Names(nats_prefix), Declared()))
    assert how(at()) == Declared(partitions=4, replicas=1, lease_seconds=3.0)
    assert set_up(at()).changes == []
    assert set_up(at("")).changes == []


def test_made_at_once(at: Open) -> None:
    """
    What is made without asking what there is is the same.
    """
    connection = at()
    connection.call(declare(connection, partitions=4, replicas=1)).result(SECONDS)

    assert planned(at()).changes == []


def test_three_replicas_unless_told_otherwise(at: Open, nats_prefix: str) -> None:
    """
    One server alone is not taken silently for safe: the operator has to say that one replica will do.
    """
    connection = at("partitions=4")

    assert planned(connection).wanted.replicas == 3
    with pytest.raises(UsageError, match=r"3 replicas need a cluster of 3 nats-servers.*replicas: 1 keeps"):
        set_up(connection)
    assert connection.call(found(connection)).result(SECONDS) == {}


def test_not_set_up(at: Open) -> None:
    """
    Who wants to use it is told what to do.
    """
    with pytest.raises(
        UsageError, match=r"there is no spool at nats://.* yet: `luahost cluster setup` makes it"
    ):
        how(at())


def test_set_up_in_part(at: Open, api: Call, nats_prefix: str) -> None:
    """
    What is missing is named, and made; what is there stays.
    """
    set_up(at())
    api(f"STREAM.DELETE.{nats_prefix}_dead")
    with pytest.raises(UsageError, match=f"lacks {nats_prefix}_dead: `luahost cluster setup` mends it"):
        how(at())

    again = set_up(at())

    assert [(change.name, change.words) for change in again.changes] == [(f"{nats_prefix}_dead", "new")]
    assert set_up(at()).changes == []


def test_another_number_of_partitions(at: Open) -> None:
    """
    Neither setting up nor using it gives it another number of partitions.
    """
    set_up(at())

    with pytest.raises(UsageError, match=r"has 4 partitions\. With 8 a user's transactions"):
        planned(at("partitions=8"))
    with pytest.raises(UsageError, match="has 4 partitions, and not 8: their number is for good"):
        how(at("partitions=8"))


def test_what_somebody_changed(at: Open, api: Call, nats_prefix: str) -> None:
    """
    An end of transactions by age would lose them, so it is taken back; what else was added stays.
    """
    set_up(at())
    name = f"{nats_prefix}_transactions"
    config = api(f"STREAM.INFO.{name}")["config"]
    api(
        f"STREAM.UPDATE.{name}",
        {**config, "max_age": 3_600_000_000_000, "max_bytes": 1_000_000, "description": "mine"},
    )

    assert [change.words for change in set_up(at()).changes] == ["max_age 3600000000000 → 0"]
    changed = api(f"STREAM.INFO.{name}")["config"]
    assert (changed["max_age"], changed["max_bytes"], changed["description"]) == (0, 1_000_000, "mine")


def test_a_stream_of_somebody_else(at: Open, api: Call, nats_prefix: str) -> None:
    """
    A stream that luahost did not make is left alone.
    """
    name = f"{nats_prefix}_transactions"
    api(f"STREAM.CREATE.{name}", {"name": name, "subjects": [f"{nats_prefix}.mine"], "storage": "memory"})

    for use in (planned, how):
        with pytest.raises(UsageError, match="was not made by `luahost cluster setup`"):
            use(at())
    assert api(f"STREAM.INFO.{name}")["config"]["subjects"] == [f"{nats_prefix}.mine"]


def test_a_stream_in_memory(at: Open, api: Call, nats_prefix: str) -> None:
    """
    One that is not on disk cannot be put there, and that is said before anything is done.
    """
    name = f"{nats_prefix}_done"
    api(f"STREAM.CREATE.{name}", {"name": name, "subjects": [f"{nats_prefix}.done.*"], "storage": "memory"})

    with pytest.raises(
        UsageError, match=f"the stream {name} has the storage memory, and cannot be given file"
    ):
        planned(at())


def test_a_newer_luahost(at: Open, api: Call, nats_prefix: str) -> None:
    """
    A layout that we do not know is not touched.
    """
    set_up(at())
    name = f"{nats_prefix}_transactions"
    config = api(f"STREAM.INFO.{name}")["config"]
    api(f"STREAM.UPDATE.{name}", {**config, "metadata": {**config["metadata"], "luahost-layout": "99"}})

    for use in (planned, how):
        with pytest.raises(UsageError, match=r"set up by a newer luahost \(layout 99\): upgrade this one"):
            use(at())


def test_replicas_are_changed(nats_cluster_url: str) -> None:
    """
    On a cluster the number of copies can be raised later, and all of them are there and current then.
    """
    opened = functools.partial(Connection, patience_seconds=SECONDS)
    with opened(nats_place(f"{nats_cluster_url}?replicas=1&partitions=2")) as connection:
        set_up(connection)
    with opened(nats_place(f"{nats_cluster_url}?replicas=3")) as connection:
        changes = set_up(connection).changes

        assert {change.words for change in changes} == {"num_replicas 1 → 3"}
        assert how(connection) == Declared(partitions=2, replicas=3)
        assert set_up(connection).changes == []


class WhileOneIsElected(Connection):
    """
    A connection on which each thing that is asked for is not answered at first, or not as it should be.
    """

    def __init__(self, place: NatsPlace, answer: SpoolError) -> None:
        self.heard: set[str] = {"INFO"}
        self.answer = answer
        super().__init__(place, patience_seconds=SECONDS)

    async def ask(self, subject: str, *arguments: Any, **named: Any) -> dict[str, Any]:
        """
        See :class:`Connection`.
        """
        if subject not in self.heard:
            self.heard.add(subject)
            raise self.answer
        return await super().ask(subject, *arguments, **named)


@pytest.mark.parametrize(
    "answer",
    [
        NoAnswerError("JetStream did not answer"),
        ApiError(503, 10008, "JetStream system temporarily unavailable"),
        ApiError(400, 10005, "no suitable peers for placement, peer offline"),
    ],
    ids=["none", "nobody leads", "a server is not known yet"],
)
def test_a_leader_is_elected(nats_url: str, answer: SpoolError) -> None:
    """
    What is asked for while nobody leads a stream, or who leads them does not know of all yet, is asked for
    again: a spool is set up and found all the same.
    """
    with WhileOneIsElected(nats_place(f"{nats_url}?replicas=1&partitions=2"), answer) as connection:
        assert len(set_up(connection).changes) == 8
    with WhileOneIsElected(nats_place(nats_url), answer) as connection:
        assert how(connection).partitions == 2


class WhileMachinesSpeak(Connection):
    """
    A connection on which a machine says something as soon as somebody has read what it said.
    """

    def __init__(self, place: NatsPlace) -> None:
        self.sayings: list[bytes] = []
        super().__init__(place, patience_seconds=SECONDS)

    async def ask(self, subject: str, *arguments: Any, **named: Any) -> dict[str, Any]:
        """
        See :class:`Connection`.
        """
        told = await super().ask(subject, *arguments, **named)
        if self.sayings and told.get("message", {}).get("subject", "").endswith(".busy"):
            await self.say("busy", self.sayings.pop(0))
        return told

    async def say(self, machine: str, said: bytes) -> None:
        """
        What a machine says of itself.
        """
        await self.client.request(Names(self.prefix).node(machine), said, timeout=SECONDS)


def test_machines_speak_meanwhile(nats_url: str) -> None:
    """
    A machine that says something while all are read is shown once, as it was last; not if it is gone.
    """
    with WhileMachinesSpeak(nats_place(f"{nats_url}?replicas=1&partitions=2")) as connection:
        set_up(connection)
        for machine in ("busy", "calm"):
            connection.call(connection.say(machine, b'{"name": "%s"}' % machine.encode())).result(SECONDS)
        connection.sayings = [b'{"name": "busy", "running": 1}', b'{"name": "busy", "running": 2}']
        spoke = connection.call(overview(connection)).result(SECONDS).machines
        connection.sayings = [b""]
        left = connection.call(overview(connection)).result(SECONDS).machines

    assert [(each.name, each.running) for each in spoke or ()] == [("busy", 2), ("calm", 0)]
    assert [each.name for each in left or ()] == ["calm"]


def test_the_leader_of_the_cluster_stands_still(nats_cluster: Cluster, nats_cluster_url: str) -> None:
    """
    Who decides where streams are stands still, and what it is asked is lost until another is elected: a
    spool is set up and found all the same.
    """
    with Connection(nats_place(f"{nats_cluster_url}?partitions=2"), patience_seconds=SECONDS) as connection:
        first = planned(connection)
        nats_cluster.leader.pause()
        connection.call(carry_out(connection, first)).result(2 * SECONDS)

        assert how(connection) == Declared(partitions=2)
        assert planned(connection).changes == []


class LostAnswers(Connection):
    """
    A connection on which the first answer to each thing that is asked for is lost, when it was done.
    """

    def __init__(self, place: NatsPlace) -> None:
        self.done: set[str] = {"INFO"}
        super().__init__(place, patience_seconds=SECONDS)

    async def ask(self, subject: str, *arguments: Any, **named: Any) -> dict[str, Any]:
        """
        See :class:`Connection`.
        """
        told = await super().ask(subject, *arguments, **named)
        if subject not in self.done:
            self.done.add(subject)
            raise NoAnswerError(f"JetStream did not answer {subject}")
        return told


def test_what_was_done_is_done_again(nats_cluster_url: str) -> None:
    """
    To make and to change a stream once more, as nobody heard that it was done, is to have done it once.
    """
    with LostAnswers(nats_place(f"{nats_cluster_url}?replicas=1&partitions=2")) as connection:
        assert len(set_up(connection).changes) == len(set_up(connection).changes) + 8
    with LostAnswers(nats_place(f"{nats_cluster_url}?replicas=3")) as connection:
        assert {change.words for change in set_up(connection).changes} == {"num_replicas 1 → 3"}
        assert how(connection) == Declared(partitions=2, replicas=3)


def test_nobody_leads(nats_cluster: Cluster, nats_cluster_url: str) -> None:
    """
    While two of three servers stand still nobody answers, and it is said what is missing.
    """
    leader = nats_cluster.leader
    other, last = nats_cluster.others(leader.name)
    place = nats_place(f"{other.url}/{nats_place(nats_cluster_url).prefix}")
    with Connection(place, patience_seconds=SECONDS) as connection:
        for node in (leader, last):
            node.pause()
        asked = insist(connection, "STREAM.INFO.none", patience_seconds=0)
        with pytest.raises(SpoolError, match="more than half of the servers"):
            connection.call(asked).result(SECONDS)


def test_who_leads_and_who_is_away(nats_cluster: Cluster, nats_cluster_url: str) -> None:
    """
    With a server down its copies are told to be so, and what is kept can still be read.
    """
    with Connection(nats_place(f"{nats_cluster_url}?partitions=2"), patience_seconds=SECONDS) as connection:
        set_up(connection)
        before = connection.call(overview(connection)).result(SECONDS)
        leaders = {stream.leader for stream in before.streams}
        # One that leads as little as possible, so that nobody has to be elected first.
        victim = next(
            (node for node in nats_cluster.nodes if node.name not in leaders), nats_cluster.nodes[0]
        )
        victim.kill()
        after = connection.call(overview(connection)).result(SECONDS)
        end = time.monotonic() + SECONDS
        # The others take a moment to miss it.
        while after.well and time.monotonic() < end:
            after = connection.call(overview(connection)).result(SECONDS)

    assert before.declared == Declared(partitions=2)
    assert all(replica.online for stream in before.streams for replica in stream.replicas)
    assert not after.well

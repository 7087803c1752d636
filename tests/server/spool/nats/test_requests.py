"""
What is asked of JetStream while a server stands still that should answer.
"""

from __future__ import annotations

import asyncio

from luahost.config.nats_place import nats_place
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import declare
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.overview import overview
from luahost.server.spool.nats.requests import Requests
from tests.nats.cluster import Cluster
from tests.nats.node import Node

SECONDS = 30
QUESTIONS = 12


def _answers(node: Node, subject: str) -> bool:
    """
    Whether a server answers this itself.
    """
    told = node.told("/subsz?subs=1&limit=100000")
    return any(each["subject"] == subject for each in told["subscriptions_list"])


def test_a_copy_stands_still(nats_cluster: Cluster, nats_cluster_url: str) -> None:
    """
    What is read from any server that has a copy is asked for again where that one stands still: its others
    answer.
    """
    place = nats_place(nats_cluster_url)
    with Connection(place, patience_seconds=SECONDS) as connection:
        connection.call(declare(connection, partitions=1, replicas=2)).result(SECONDS)
        streams = connection.call(overview(connection)).result(SECONDS).streams
    keys = next(stream for stream in streams if stream.name == Names(place.prefix).keys)
    [copy] = keys.replicas
    [without] = [node for node in nats_cluster.nodes if node.name not in (keys.leader, copy.server)]
    with Connection(nats_place(f"{without.url}/{place.prefix}"), patience_seconds=SECONDS) as connection:
        requests = Requests(connection)

        async def read() -> list[object]:
            found = [message.payload async for message in requests.messages(keys.name, ">")]
            one = await requests.message(keys.name, 1)
            return [*found, one and one.payload]

        async def read_often() -> list[list[object]]:
            await requests.start()
            await requests.store(f"$KV.{place.prefix}_keys.a", b"word", id=requests.new_id())
            while not _answers(nats_cluster.node(copy.server), f"$JS.API.DIRECT.GET.{keys.name}"):
                pass
            nats_cluster.node(copy.server).pause()
            return await asyncio.gather(*(read() for _ in range(QUESTIONS)))

        found = connection.call(read_often()).result(SECONDS)

    assert found == [[b"word", b"word"]] * QUESTIONS

"""
Servers of the cluster fail while transactions come and run.

One failure here; ``make torture-cluster`` makes many.
"""

from __future__ import annotations

from luahost.config.nats_place import nats_place
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import declare
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.overview import overview
from tests.nats.cluster import Cluster
from tests.nats.traffic import Traffic, violations
from tests.server.spool.nats.places import set_up

SECONDS = 60


def test_the_leader_is_killed(nats_cluster: Cluster, nats_cluster_url: str) -> None:
    """
    The server that leads the stream of transactions is killed while they are put and run, on machines whose
    clocks are an hour apart: nothing that was acknowledged is lost, nothing runs twice at once, and each
    user's run in order.
    """
    place = nats_place(nats_cluster_url)
    with Connection(place, patience_seconds=SECONDS) as connection:
        connection.call(declare(connection, partitions=4, replicas=3)).result(SECONDS)
    traffic = Traffic(place)
    traffic.start()
    assert traffic.until(puts=20, runs=10)

    with Connection(place, patience_seconds=SECONDS) as connection:
        streams = connection.call(overview(connection)).result(SECONDS).streams
    leader = next(stream.leader for stream in streams if stream.name == Names(place.prefix).transactions)
    assert leader is not None
    nats_cluster.node(leader).kill()

    assert traffic.until(puts=20, runs=20)
    log = traffic.finish()
    assert list(violations(log)) == []


def test_a_machine_is_killed(nats_url: str) -> None:
    """
    A machine is killed in the middle of a transaction while others run theirs: that one, too, is run to its
    end, alone and in its turn.
    """
    place = nats_place(nats_url)
    set_up(place, partitions=8, lease_seconds=1.0)
    traffic = Traffic(place, url=nats_url)
    traffic.start()
    traffic.kill_machine()

    assert traffic.until(runs=20)
    log = traffic.finish()
    killed = [run for run in log.runs if run.machine == 2 and not run.settled]
    assert {run.number for run in killed} & {run.number for run in log.runs if run.settled}
    assert list(violations(log)) == []

"""
Places for spools on NATS, set up for a test.
"""

from __future__ import annotations

from contextlib import closing

from luahost.config.nats_place import NatsPlace
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import declare

PARTITIONS = 4

LEASE_SECONDS = 3.0


def set_up(
    place: NatsPlace,
    *,
    partitions: int = PARTITIONS,
    replicas: int = 1,
    lease_seconds: float = LEASE_SECONDS,
) -> None:
    """
    Declare what a spool needs.
    """
    with closing(Connection(place)) as connection:
        connection.call(
            declare(connection, partitions=partitions, replicas=replicas, lease_seconds=lease_seconds)
        ).result(30)

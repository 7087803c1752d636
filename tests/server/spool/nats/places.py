"""
Places for spools on NATS, set up for a test.
"""

from __future__ import annotations

from contextlib import closing

from luahost.config.nats_place import NatsPlace
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import declare

PARTITIONS = 4


def set_up(place: NatsPlace, *, partitions: int = PARTITIONS, replicas: int = 1) -> None:
    """
    Declare what a spool needs.
    """
    with closing(Connection(place)) as connection:
        connection.call(declare(connection, partitions=partitions, replicas=replicas)).result(30)

"""
The streams and buckets of a spool on NATS: what they have to be, and whether they are.

The names are explained in :mod:`~luahost.server.spool.nats.names`. Whoever sets a cluster up decides how many
servers keep each transaction and into how many partitions users are divided; the second is for good, as a
user's order hangs on it. Servers of luahost declare nothing: they look, and need no right to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from luahost.dataclass import dataclass
from luahost.errors import UsageError
from luahost.server.spool.entries import FINISHED
from luahost.server.spool.nats.api import ApiError
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.elections import PATIENCE_SECONDS, TOO_FEW_SERVERS, insist
from luahost.server.spool.nats.names import Names

DEFAULT_PARTITIONS = 64
DEFAULT_REPLICAS = 3

LEASE_SECONDS = 3.0
"""For how long a machine that is silent keeps its partitions."""

LAYOUT = 1
"""Of what is declared here. A spool with another one was set up by another luahost."""

PARTITIONS_KEY = "luahost-partitions"
LAYOUT_KEY = "luahost-layout"
LEASE_KEY = "luahost-lease-seconds"

SECOND = 1_000_000_000
"""As JetStream counts time, in nanoseconds."""

FORGOTTEN_LEASES = 5
"""
For how many leases a machine is known that says nothing any more. That is longer than an election takes,
after which all go on with what they have.
"""

NO_CLUSTER = 10074
"""Refusal of more than one replica by a server that is no part of a cluster."""

SAID_AGAIN_SECONDS = 5
"""For how long a word of a machine is known that is sent again, as nobody answered."""

Config = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """
    How a spool is set up.

    Attributes:
        partitions: How many parts users are divided into.

        replicas: How many servers keep each transaction.

        lease_seconds: For how long a machine that is silent keeps its partitions.
    """

    partitions: int = DEFAULT_PARTITIONS
    replicas: int = DEFAULT_REPLICAS
    lease_seconds: float = LEASE_SECONDS


def streams(names: Names, wanted: Declared) -> dict[str, Config]:
    """
    The configuration of each stream, by name, as JetStream's API has it.
    """
    prefix = names.prefix
    nothing_ends = {"max_age": 0, "max_msgs": -1}
    different: dict[str, Config] = {
        names.transactions: {
            "subjects": [f"{prefix}.txn.*.*.*"],
            "discard": "new",
            "allow_atomic": True,
            "duplicate_window": 120 * SECOND,
            "metadata": {PARTITIONS_KEY: str(wanted.partitions), LAYOUT_KEY: str(LAYOUT)},
            **nothing_ends,
        },
        names.attempts: {
            "subjects": [f"$KV.{prefix}_attempts.>"],
            "allow_msg_ttl": True,
            "allow_rollup_hdrs": True,
            **nothing_ends,
        },
        names.keys: {"subjects": [names.all_keys], "allow_rollup_hdrs": True},
        names.nodes: {
            "subjects": [names.all_nodes],
            "max_age": int(max(FORGOTTEN_LEASES * wanted.lease_seconds, SAID_AGAIN_SECONDS) * SECOND),
            "duplicate_window": SAID_AGAIN_SECONDS * SECOND,
        },
        names.owners: {
            "subjects": [names.owner("*")],
            "metadata": {LEASE_KEY: f"{wanted.lease_seconds:g}"},
            **nothing_ends,
        },
        **{names.finished(state): {"subjects": [names.end(state)]} for state in FINISHED},
    }
    return {
        name: {
            "name": name,
            "retention": "limits",
            "storage": "file",
            "discard": "old",
            "num_replicas": wanted.replicas,
            "max_msgs_per_subject": 1,
            "allow_direct": True,
            "duplicate_window": 10 * SECOND,
            **each,
        }
        for name, each in different.items()
    }


async def declare(
    connection: Connection,
    *,
    partitions: int = DEFAULT_PARTITIONS,
    replicas: int = DEFAULT_REPLICAS,
    lease_seconds: float = LEASE_SECONDS,
) -> None:
    """
    Make all that a spool needs where nothing is yet.

    Raises:
        UsageError: There are fewer servers than replicas.

        SpoolError: JetStream refuses something else, or does not answer.
    """
    wanted = Declared(partitions=partitions, replicas=replicas, lease_seconds=lease_seconds)
    names = Names(connection.prefix)
    await asyncio.gather(*(create(connection, config) for config in streams(names, wanted).values()))


async def create(connection: Connection, config: Mapping[str, Any], *, update: bool = False) -> None:
    """
    Make a stream, or change one that is there. The same once more changes nothing, so it may be asked again.

    Raises:
        UsageError: There are fewer servers than replicas.

        SpoolError: JetStream refuses something else, or does not answer.
    """
    verb = "UPDATE" if update else "CREATE"
    try:
        await insist(connection, f"STREAM.{verb}.{config['name']}", config)
    except ApiError as error:
        if error.err_code not in (TOO_FEW_SERVERS, NO_CLUSTER):
            raise
        number = config["num_replicas"]
        raise UsageError(
            f"{number} replicas need a cluster of {number} nats-servers that run, with JetStream: {error}. "
            "Where one server has to do, replicas: 1 keeps each transaction once, and no better than its disk"
        ) from None


async def found(
    connection: Connection, *, patience_seconds: float = PATIENCE_SECONDS
) -> dict[str, dict[str, Any]]:
    """
    What there is of a spool's streams: JetStream's information on each, by name.
    """

    async def information(name: str) -> dict[str, Any] | None:
        try:
            return await insist(connection, f"STREAM.INFO.{name}", patience_seconds=patience_seconds)
        except ApiError as error:
            if error.not_found:
                return None
            raise

    names = list(streams(Names(connection.prefix), Declared()))
    told = await asyncio.gather(*(information(name) for name in names))
    return {name: each for name, each in zip(names, told, strict=True) if each is not None}


async def declared(connection: Connection, *, patience_seconds: float = PATIENCE_SECONDS) -> Declared:
    """
    How the spool of a connection is set up.

    Args:
        connection: To its servers.

        patience_seconds: How long they may elect who leads it.

    Raises:
        UsageError: It is not, or not wholly; by another luahost, for which this one is too old; or otherwise
            than the connection's place says.

        SpoolError: JetStream does not answer.
    """
    there = await found(connection, patience_seconds=patience_seconds)
    names, place = Names(connection.prefix), connection.place
    missing = [name for name in streams(names, Declared()) if name not in there]
    if names.transactions in missing:
        raise UsageError(f"there is no spool at {place} yet: `luahost cluster setup` makes it")
    info = there[names.transactions]["config"]
    found_partitions = partitions_of(info, str(place))
    if missing:
        raise UsageError(f"the spool at {place} lacks {', '.join(missing)}: `luahost cluster setup` mends it")
    if place.partitions not in (None, found_partitions):
        raise UsageError(
            f"the spool at {place} has {found_partitions} partitions, and not {place.partitions}: their "
            "number is for good. Leave partitions out of the configuration, or set up another prefix"
        )
    return Declared(
        partitions=found_partitions,
        replicas=info["num_replicas"],
        lease_seconds=lease_seconds_of(there[names.owners]["config"]),
    )


def partitions_of(config: Mapping[str, Any], place: str) -> int:
    """
    How many partitions a stream of transactions was set up with.

    Raises:
        UsageError: The stream is none of luahost, or of one that is newer.
    """
    metadata = config.get("metadata") or {}
    layout, partitions = metadata.get(LAYOUT_KEY, ""), metadata.get(PARTITIONS_KEY, "")
    if not layout.isdecimal() or not partitions.isdecimal():
        raise UsageError(
            f"the stream {config['name']} at {place} was not made by `luahost cluster setup`: give the spool "
            "another prefix, the part of the URL behind the servers"
        )
    if int(layout) > LAYOUT:
        raise UsageError(
            f"the spool at {place} was set up by a newer luahost (layout {layout}): upgrade this one"
        )
    return int(partitions)


def lease_seconds_of(config: Mapping[str, Any]) -> float:
    """
    The lease that the bucket of owners was set up with.
    """
    said = (config.get("metadata") or {}).get(LEASE_KEY, "")
    return float(said) if said.replace(".", "", 1).isdecimal() else LEASE_SECONDS

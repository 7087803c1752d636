"""
Setting up a spool on NATS: what there is, what there should be, and what makes one the other.

Nothing is removed. What would lose transactions or the order of a user's is refused, so that setting up
again, with the same luahost or a newer one, is safe at any time, while servers run, too. What an operator has
added to a stream (its placement, a limit in bytes, compression) stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from luahost.dataclass import dataclass, field
from luahost.errors import UsageError
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import (
    DEFAULT_PARTITIONS,
    DEFAULT_REPLICAS,
    Declared,
    create,
    found,
    lease_seconds_of,
    partitions_of,
    streams,
)
from luahost.server.spool.nats.names import Names

FIXED = ("storage", "retention")
"""What JetStream does not let anybody change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    Something to be made, or to be changed.

    Attributes:
        name: The stream.

        words: What of it, for people: ``new``, ``num_replicas 1 → 3``.

        config: What JetStream is to be given.

        is_new: Whether it is not there yet.
    """

    name: str
    words: str
    config: Mapping[str, Any] = field(default_factory=dict)
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What is to be done.

    Attributes:
        wanted: How the spool will be set up.

        changes: Its streams that are made or changed, in the order in which that is done.
    """

    wanted: Declared
    changes: Sequence[Change]


async def plan(connection: Connection) -> Plan:
    """
    What has to be done for the spool of a connection to be as its place says.

    Raises:
        UsageError: It cannot be made so without losing something.

        SpoolError: JetStream does not answer.
    """
    there = await found(connection)
    wanted = _wanted(connection, there)
    changes = []
    for name, config in streams(Names(connection.prefix), wanted).items():
        if name not in there:
            changes.append(Change(name=name, words="new", config=config, is_new=True))
        elif (change := _change(name, config, there[name]["config"])) is not None:
            changes.append(change)
    return Plan(wanted=wanted, changes=changes)


async def carry_out(connection: Connection, planned: Plan) -> None:
    """
    Do it. What was done when this is interrupted is not done again.

    Raises:
        UsageError: There are fewer servers than replicas.

        SpoolError: JetStream refuses something else, or does not answer.
    """
    for change in planned.changes:
        await create(connection, change.config, update=not change.is_new)


def _wanted(connection: Connection, streams: Mapping[str, Mapping[str, Any]]) -> Declared:
    """
    What the place says, and where it says nothing what is there already.
    """
    place, names = connection.place, Names(connection.prefix)
    there = streams.get(names.transactions)
    if there is None:
        return Declared(
            partitions=place.partitions or DEFAULT_PARTITIONS, replicas=place.replicas or DEFAULT_REPLICAS
        )
    config = there["config"]
    partitions = partitions_of(config, str(place))
    if place.partitions not in (None, partitions):
        raise UsageError(
            f"the spool at {place} has {partitions} partitions. With {place.partitions} a user's "
            "transactions would be in two of them, out of order: set up another prefix, and move there"
        )
    return Declared(
        partitions=partitions,
        replicas=place.replicas or config["num_replicas"],
        lease_seconds=lease_seconds_of(streams.get(names.owners, {}).get("config", {})),
    )


def _change(name: str, wanted: Mapping[str, Any], there: Mapping[str, Any]) -> Change | None:
    """
    What makes a stream what it should be; None if it is.
    """
    metadata = {**there.get("metadata", {}), **wanted.get("metadata", {})}
    words = []
    for key, value in {**wanted, "metadata": metadata}.items():
        # JetStream leaves out what is nothing.
        before = there.get(key, type(value)())
        if before == value:
            continue
        if key in FIXED:
            raise UsageError(
                f"the stream {name} has the {key} {before}, and cannot be given {value}: what is in it has "
                "to be moved to a spool with another prefix"
            )
        words.append(f"{key} {_shown(before)} → {_shown(value)}")
    config = {**there, **wanted, "metadata": metadata}
    return Change(name=name, words=", ".join(words), config=config) if words else None


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

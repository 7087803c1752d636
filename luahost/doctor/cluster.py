"""
The NATS cluster that keeps the spool: its servers, their clocks, what they let us do, and whether enough of
them are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from luahost.doctor.check import Check, Subject
from luahost.errors import LuahostError, UsageError

if TYPE_CHECKING:
    from luahost.config.nats_place import NatsPlace
    from luahost.server.spool.nats.inspection import Server
    from luahost.server.spool.nats.overview import Overview

PATIENCE_SECONDS = 10.0

SKEW_SECONDS = 1.0
"""By how much clocks may differ. Pauses and ends of transactions are times of day, by each machine's own."""

BAD_SKEW_SECONDS = 30.0

_CLUSTER = Subject("cluster")


def cluster_checks(place: NatsPlace, *, longest_bytes: int) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        place: The cluster.

        longest_bytes: The longest transaction that may come.
    """
    from luahost.server.spool.nats.inspection import Server, servers

    try:
        found = servers(place)
    except UsageError as error:
        yield _CLUSTER.fail("access", str(error))
        return
    there = {address: server for address, server in found.items() if isinstance(server, Server)}
    for address, server in found.items():
        yield _server(address, server, others=len(there))
    if not there:
        return
    yield _versions(there)
    yield _payload(there, longest_bytes)
    yield _permissions(place, there)
    yield from _spool(place)


def _server(address: str, server: Server | LuahostError, *, others: int) -> Check:
    """
    One server, and its clock.
    """
    if isinstance(server, LuahostError):
        advice = "the others go on without it, as long as they are more than half" if others else ""
        return (_CLUSTER.warn if others else _CLUSTER.fail)(address, str(server), advice)
    words = f"{server.name}, nats-server {server.version}, answers in {server.seconds * 1000:.1f} ms"
    ahead = server.ahead_seconds
    if ahead is None or abs(ahead) < SKEW_SECONDS:
        return _CLUSTER.ok(address, words)
    state = _CLUSTER.fail if abs(ahead) > BAD_SKEW_SECONDS else _CLUSTER.warn
    way = "ahead of" if ahead > 0 else "behind"
    return state(
        address,
        f"{words}; its clock is {abs(ahead):.1f} s {way} this machine's",
        "let all machines keep the time (chrony, systemd-timesyncd): what waits is due by the clock",
    )


def _versions(servers: Mapping[str, Server]) -> Check:
    versions = sorted({server.version for server in servers.values()})
    if len(versions) == 1:
        return _CLUSTER.ok("versions", versions[0])
    return _CLUSTER.warn(
        "versions", f"they differ: {', '.join(versions)}", "fine while one after the other is upgraded"
    )


def _payload(servers: Mapping[str, Server], longest_bytes: int) -> Check:
    least = min(server.max_payload for server in servers.values())
    words = f"{least} bytes in one message"
    if least >= longest_bytes:
        return _CLUSTER.ok("max_payload", words)
    return _CLUSTER.fail(
        "max_payload",
        f"{words}, and a transaction may have {longest_bytes}: luahost serve does not start",
        f"max_payload of nats-server.conf, up to 8MB; or max_body_bytes: {least}",
    )


def _permissions(place: NatsPlace, servers: Mapping[str, Server]) -> Check:
    from luahost.server.spool.nats.names import Names
    from luahost.server.spool.nats.permissions import lacking, serving

    needed = serving(Names(place.prefix))
    told = [server for server in servers.values() if server.told]
    if not told:
        return _CLUSTER.warn("permissions", "not known: $SYS.REQ.USER.INFO is not allowed")
    lacks = sorted({each for server in told for each in lacking(server.permissions, needed)})
    if not lacks:
        return _CLUSTER.ok("permissions", "all that a server needs")
    more = f" and {len(lacks) - 3} more" if len(lacks) > 3 else ""
    return _CLUSTER.fail(
        "permissions",
        f"our user may not {', '.join(lacks[:3])}{more}",
        "`luahost cluster permissions` prints what it needs",
    )


def _spool(place: NatsPlace) -> Iterator[Check]:
    """
    Whether it is set up, and every stream has a leader and its copies.
    """
    from luahost.server.spool.nats.connection import Connection
    from luahost.server.spool.nats.overview import overview

    try:
        with closing(
            Connection(place, name="luahost doctor", patience_seconds=PATIENCE_SECONDS)
        ) as connection:
            found = connection.call(overview(connection)).result()
    except UsageError as error:
        yield _CLUSTER.fail("spool", str(error))
        return
    except LuahostError as error:
        yield _CLUSTER.fail("spool", str(error), "luahost cluster show says who leads")
        return
    yield _setup(found)
    yield _copies(found)
    if found.machines is not None:
        yield _machines(found)


def _setup(found: Overview) -> Check:
    how = found.declared
    if how is None:
        return _CLUSTER.fail("spool", "the servers do not say how it is set up", "they may have no quorum")
    words = f"{how.partitions} partitions, {how.replicas} replicas"
    if how.replicas == 1:
        return _CLUSTER.warn(
            "spool",
            f"{how.partitions} partitions, kept by one server: nothing runs while it is down, and what its "
            "disk loses is lost",
            "replicas: 3 with three servers, and `luahost cluster setup`",
        )
    return _CLUSTER.ok("spool", words)


def _copies(found: Overview) -> Check:
    leaderless = [stream.name for stream in found.streams if stream.leader is None]
    if leaderless:
        return _CLUSTER.fail(
            "quorum",
            f"nobody leads {', '.join(leaderless)}: nothing can be written",
            "more than half of the servers have to run; an election takes up to ten seconds",
        )
    lagging = sorted(
        {
            f"{replica.server} ({'away' if not replica.online else f'{replica.lag} behind'})"
            for stream in found.streams
            for replica in stream.replicas
            if not (replica.online and replica.current)
        }
    )
    if lagging:
        return _CLUSTER.warn(
            "quorum",
            f"copies are not whole: {', '.join(lagging)}",
            "start what is down; it catches up by itself",
        )
    if not found.well:
        return _CLUSTER.warn("quorum", "there are fewer copies than replicas", "luahost cluster show")
    return _CLUSTER.ok("quorum", "every stream has a leader and its copies")


def _machines(found: Overview) -> Check:
    from luahost.server.spool.this_machine import shown_names

    machines = found.machines or ()
    versions = sorted({machine.version for machine in machines if machine.version})
    names = ", ".join(shown_names(machines))
    if not machines:
        return _CLUSTER.warn("machines", "none runs transactions", "luahost serve starts one")
    if len(versions) > 1:
        return _CLUSTER.warn(
            "machines",
            f"{names}; they have luahost {', '.join(versions)}",
            "fine while one after the other is upgraded",
        )
    return _CLUSTER.ok("machines", names)

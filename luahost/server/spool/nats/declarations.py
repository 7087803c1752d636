"""
The streams, buckets and consumers of a spool on NATS: made, and looked at.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from luahost.errors import InputError
from luahost.server.spool.entries import FINISHED
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.names import OWNERS, Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    partitions: int
    lease_seconds: float


async def _api(connection: Connection, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    message = await connection.client.request(
        f"$JS.API.{verb}", json.dumps(body).encode() if body else b"", timeout=5
    )
    found: dict[str, Any] = json.loads(message.data)
    if "error" in found:
        raise InputError(f"{verb}: {found['error']['description']}", file=str(connection.place))
    return found


async def declared(connection: Connection) -> Declared:
    names = Names(connection.prefix)
    info = await _api(connection, f"STREAM.INFO.{names.transactions}")
    owners = await _api(connection, f"CONSUMER.INFO.{names.partitions}.{OWNERS}")
    return Declared(
        partitions=int(info["config"]["metadata"]["luahost-partitions"]),
        lease_seconds=owners["config"]["ack_wait"] / 1e9,
    )


async def declare(
    connection: Connection, *, partitions: int = 64, replicas: int = 1, lease_seconds: float = 3.0
) -> None:
    names = Names(connection.prefix)
    second = 1_000_000_000
    usual = {"storage": "file", "num_replicas": replicas, "allow_direct": True, "max_msgs_per_subject": 1}
    streams: dict[str, dict[str, Any]] = {
        names.transactions: {
            "subjects": [f"{names.prefix}.txn.*.*.*"],
            "discard": "new",
            "allow_atomic": True,
            "duplicate_window": 120 * second,
            "metadata": {"luahost-partitions": str(partitions), "luahost-layout": "1"},
        },
        names.partitions: {"subjects": [names.partition("*")]},  # type: ignore[arg-type]
        names.attempts: {
            "subjects": [f"$KV.{names.prefix}_attempts.>"],
            "allow_msg_ttl": True,
            "allow_rollup_hdrs": True,
        },
        names.keys: {"subjects": [names.all_keys], "allow_rollup_hdrs": True},
        names.nodes: {"subjects": [names.node(">")], "storage": "memory", "max_age": 5 * second},
    }
    for state in FINISHED:
        streams[names.finished(state)] = {"subjects": [names.end(state)]}
    await asyncio.gather(
        *(
            _api(
                connection,
                f"STREAM.CREATE.{name}",
                {
                    "name": name,
                    "duplicate_window": 5 * second if name == names.nodes else 10 * second,
                    **usual,
                    **more,
                },
            )
            for name, more in streams.items()
        )
    )
    for partition in range(partitions):
        await connection.client.request(
            names.partition(partition), b"", headers={"Nats-Expected-Last-Subject-Sequence": "0"}
        )
    await _api(
        connection,
        f"CONSUMER.CREATE.{names.partitions}.{OWNERS}",
        {
            "stream_name": names.partitions,
            "config": {
                "name": OWNERS,
                "durable_name": OWNERS,
                "ack_policy": "explicit",
                "ack_wait": int(lease_seconds * second),
                "max_deliver": -1,
                "max_ack_pending": 4096,
                "max_waiting": 512,
                "deliver_policy": "all",
            },
        },
    )

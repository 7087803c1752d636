"""
What each server of a cluster says of itself, one after the other, for those who look for what is wrong.

A server tells a user its own name, version and time, and what the user may do (``$SYS.REQ.USER.INFO``),
without anybody having to be the cluster's administrator.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from luahost.config.nats_place import NatsPlace
from luahost.dataclass import dataclass, replace
from luahost.errors import LuahostError
from luahost.server.spool.nats.connection import Connection

SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """
    A server.

    Attributes:
        name: Its name.

        version: Its version.

        max_payload: The longest message that it takes, in bytes.

        seconds: How long it took to answer.

        ahead_seconds: By how much its clock is ahead of ours; None if it did not say.

        permissions: What it lets us do, as it says; None if that is everything, or it did not say.

        told: Whether it said anything about us.
    """

    name: str
    version: str
    max_payload: int
    seconds: float
    ahead_seconds: float | None
    permissions: Mapping[str, Any] | None
    told: bool


def servers(place: NatsPlace) -> dict[str, Server | LuahostError]:
    """
    Each of the servers that a place names, by its address; or why it lets us not in.
    """
    found: dict[str, Server | LuahostError] = {}
    for address, server in zip(place.addresses, place.servers, strict=True):
        try:
            with contextlib.closing(
                Connection(replace(place, servers=(server,)), name="luahost doctor")
            ) as connection:
                found[address] = connection.call(_server(connection)).result()
        except LuahostError as error:
            found[address] = error
    return found


async def _server(connection: Connection) -> Server:
    client = connection.client
    version = client.connected_server_version
    began, told = time.time(), None
    with contextlib.suppress(*connection.failures):
        told = json.loads((await client.request("$SYS.REQ.USER.INFO", b"", timeout=SECONDS)).data)
    ended = time.time()
    ahead = None
    if told is not None:
        ahead = datetime.fromisoformat(told["server"]["time"]).timestamp() - (began + ended) / 2
    return Server(
        name=connection.server_name,
        version=f"{version.major}.{version.minor}.{version.patch}",
        max_payload=connection.max_payload,
        seconds=ended - began,
        ahead_seconds=ahead,
        permissions=((told or {}).get("data") or {}).get("permissions"),
        told=told is not None,
    )

"""
Leaving a server that has lost the others: cut off from them it keeps its clients, and can do nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from luahost.errors import SpoolError
from luahost.server.spool.nats.api import UNAVAILABLE, ApiError, ask

if TYPE_CHECKING:
    from nats.aio.client import Client

WATCH_SECONDS = 2.0
"""How often JetStream is asked whether it is there."""

SILENT_SECONDS = 8.0
"""After how long without it another server is tried. An election takes 4 to 9 seconds."""

log = logging.getLogger("luahost.server")


async def watch(client: Client) -> None:
    """
    Look after a connection until cancelled.
    """
    silent_since: float | None = None
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        if not client.is_connected or await _jetstream_is_there(client):
            silent_since = None
            continue
        now = time.monotonic()
        silent_since = silent_since or now
        if now - silent_since >= SILENT_SECONDS and len(client.servers) > 1:
            log.warning("JetStream of the server that we are connected to is silent; another server is tried")
            silent_since = None
            await client.force_reconnect()


async def _jetstream_is_there(client: Client) -> bool:
    try:
        await ask(client, "INFO", seconds=WATCH_SECONDS)
    except ApiError as error:
        return error.code != UNAVAILABLE
    except SpoolError:
        return False
    return True

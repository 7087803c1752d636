"""
Leaving a server that has lost the others: cut off from them it keeps its clients, and can do nothing.

It does not know so for ten seconds, and answers what it can meanwhile. What it cannot do is to keep anything,
so it is left when nothing was kept for too long, or when it has had no JetStream for so long.
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


class Watch:
    """
    Looks after a connection, in its loop.

    Args:
        silent_seconds: After how long another server is tried.
    """

    def __init__(self, *, silent_seconds: float = SILENT_SECONDS) -> None:
        self._silent_seconds = silent_seconds
        self._lost_since: float | None = None
        self._silent_since: float | None = None

    def kept(self) -> None:
        """
        Something was kept.
        """
        self._lost_since = None

    def not_kept(self) -> None:
        """
        Nobody has said in time that something was kept, which was asked for.
        """
        if self._lost_since is None:
            self._lost_since = time.monotonic()

    async def look(self, client: Client) -> None:
        """
        Look after this client until cancelled.
        """
        while True:
            await asyncio.sleep(min(WATCH_SECONDS, self._silent_seconds))
            if not client.is_connected:
                self._silent_since = self._lost_since = None
            elif await _jetstream_is_there(client):
                self._silent_since = None
            elif self._silent_since is None:
                self._silent_since = time.monotonic()
            since = min((each for each in (self._silent_since, self._lost_since) if each), default=None)
            if since is not None and time.monotonic() - since >= self._silent_seconds:
                self._silent_since = self._lost_since = None
                await _leave(client)


async def _leave(client: Client) -> None:
    if len(client.servers) > 1:
        log.warning("JetStream of the server that we are connected to is silent; another server is tried")
        await client.force_reconnect()


async def _jetstream_is_there(client: Client) -> bool:
    try:
        await ask(client, "INFO", seconds=WATCH_SECONDS)
    except ApiError as error:
        return error.code != UNAVAILABLE
    except SpoolError:
        return False
    return True

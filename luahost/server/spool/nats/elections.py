"""
Asking JetStream for what only a leader answers, that of a stream or that of all: what is asked while one is
elected is lost, and has to be asked again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from luahost.errors import SpoolError
from luahost.server.spool.nats.api import UNAVAILABLE, ApiError, NoAnswerError
from luahost.server.spool.nats.connection import Connection

PATIENCE_SECONDS = 20.0
"""How long it is asked again. An election takes 4 to 9 seconds, or two of them."""

ONCE_SECONDS = 2.0
"""How long each of these questions waits."""

PAUSE_SECONDS = 0.2
"""The pause before the next."""

TOO_FEW_SERVERS = 10005
"""Refusal of more replicas than there are servers, as far as the leader knows. One may just be back."""


async def insist(
    connection: Connection,
    subject: str,
    request: Mapping[str, Any] | None = None,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
) -> dict[str, Any]:
    """
    Ask something that may be asked again, until it is answered, in the connection's loop. See
    :meth:`~luahost.server.spool.nats.connection.Connection.ask`.

    Raises:
        UsageError: Our user may not ask that.

        ApiError: It was refused.

        SpoolError: Nobody has answered for so long, or the connection is lost.
    """
    end = time.monotonic() + patience_seconds
    while True:
        try:
            return await connection.ask(subject, request, seconds=ONCE_SECONDS)
        except ApiError as error:
            passes = error.code == UNAVAILABLE or error.err_code == TOO_FEW_SERVERS
            if not passes or time.monotonic() > end:
                raise
        except NoAnswerError:
            if time.monotonic() > end:
                raise NoAnswerError(
                    f"nobody at {connection.place} answers {subject}, as nobody leads: more than half of the "
                    "servers have to run and to reach each other; `luahost cluster show` says which do"
                ) from None
        except SpoolError:
            if time.monotonic() > end:
                raise
        await asyncio.sleep(PAUSE_SECONDS)

"""
What the connections of a server have in common: patience with clients, and its end.

As a timer for each connection would cost more than the rest of waiting, all are looked at once a second.
"""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from luahost.dataclass import dataclass
from luahost.server.intake.answers import CLOSE, Fields
from luahost.server.intake.heads import Heads
from luahost.server.intake.request import Application

if TYPE_CHECKING:
    from luahost.server.intake.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    How long clients are waited for, in seconds.

    Attributes:
        keep_alive: For a request, on a connection without one.

        message: For a request to be complete, and for answers to be read.

        linger: For a client that is still sending after its last answer: it would lose that if the connection
            were reset.

        look: How often this is measured, and so how exactly.

        stuck: For the event loop to get on, until another one meets those who connect.
    """

    keep_alive: float = 30.0
    message: float = 30.0
    linger: float = 2.0
    look: float = 1.0
    stuck: float = 4.0


PATIENCE = Patience()


class Door:
    """
    The door; used in its event loop alone.

    Args:
        application: What answers requests.

        patience: How long clients are waited for.

    Attributes:
        application: See above.

        patience: See above.

        now: The loop's time, as of the last look.

        seen: When that was, by the monotonic clock.

        connections: Those that are open.

        closing: Whether no connection is to be kept.

        heads: Those of requests, as far as they are known.
    """

    def __init__(self, application: Application, patience: Patience = PATIENCE) -> None:
        self.application = application
        self.patience = patience
        self.now = asyncio.get_running_loop().time()
        self.seen = time.monotonic()
        self.connections: set[Connection] = set()
        self.closing = False
        self.heads = Heads()
        self._begins: dict[tuple[int, Fields], tuple[bytes, bool]] = {}

    async def look(self) -> None:
        """
        Measure patience until cancelled.
        """
        while True:
            await asyncio.sleep(self.patience.look)
            self.now = now = asyncio.get_running_loop().time()
            self.seen = time.monotonic()
            self._begins.clear()
            for each in [each for each in self.connections if each.deadline < now]:
                each.lose_patience()

    def close(self) -> None:
        """
        End connections, each when what is being answered on it is answered.
        """
        self.closing = True
        for each in list(self.connections):
            each.close_if_idle()

    def begin_of(self, status: int, headers: Fields) -> tuple[bytes, bool]:
        """
        How an answer with this status and these header fields begins: with both and the date, for which RFC
        9110 asks in section 6.6.1, and all of ``Content-Length`` but its value.

        Returns:
            That, and whether the fields say that the connection is closed.
        """
        found = self._begins.get((status, headers))
        if found is None:
            lines = [f"HTTP/1.1 {status:d} {HTTPStatus(status).phrase}", f"Date: {formatdate(usegmt=True)}"]
            lines += [f"{name}: {value}" for name, value in headers]
            begin = "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")
            found = self._begins[status, headers] = (begin, CLOSE in headers)
        return found

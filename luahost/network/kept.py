"""
Connections that are kept for later requests of the same route.

The one that was used last is used first, so those that are not needed grow old and end. Looking for one costs
the same however many there are, and nobody holds the lock while waiting for an endpoint.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from luahost import patterns

if TYPE_CHECKING:
    from luahost.exchange import Answer
    from luahost.network.connection import Connection
    from luahost.network.route import Route

IDLE_SECONDS = 4.0
"""How long a connection is kept unused: many servers end one after five seconds, and one should be first."""

MARGIN_SECONDS = 1.0
"""How long before the endpoint ends a connection it is not used any more: a request takes time to arrive."""

_TIMEOUT = patterns.compile(r"(?:^|[,;\s])timeout\s*=\s*([0-9]{1,9})", re.IGNORECASE)


class KeptConnections:
    """
    Connections on which nothing is being said.

    Args:
        most: How many there may be; the oldest ends when there are more.

        idle_seconds: How long each is kept.
    """

    def __init__(self, most: int, idle_seconds: float = IDLE_SECONDS) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._changed = threading.Condition()
        # All of them, the oldest first: when each is of no use any more, and its route.
        self._ends: OrderedDict[Connection, tuple[float, Route]] = OrderedDict()
        self._of_route: dict[Route, deque[Connection]] = {}
        self._sweeping = False

    def take(self, route: Route) -> Connection | None:
        """
        A connection that is still good; None if there is none.
        """
        while True:
            with self._changed:
                idle = self._of_route.get(route)
                if not idle:
                    return None
                connection = idle.pop()
                if not idle:
                    del self._of_route[route]
                end, _ = self._ends.pop(connection)
            if time.monotonic() < end and not connection.stale:
                return connection
            connection.close()

    def put(self, route: Route, connection: Connection, announced: float | None = None) -> None:
        """
        Keep a connection.

        Args:
            route: What it is for.

            connection: Nothing is being said on it.

            announced: How long the endpoint keeps it, in seconds; None if it does not say.
        """
        surplus = None
        seconds = self._idle_seconds
        if announced is not None:
            seconds = min(seconds, announced - MARGIN_SECONDS)
        if seconds <= 0:
            connection.close()
            return
        with self._changed:
            self._ends[connection] = (time.monotonic() + seconds, route)
            self._of_route.setdefault(route, deque()).append(connection)
            if len(self._ends) > self._most:
                surplus = self._oldest()
            if not self._sweeping:
                self._sweeping = True
                threading.Thread(target=self._sweep, name="idle connections", daemon=True).start()
        if surplus is not None:
            surplus.close()

    def close(self) -> None:
        """
        End all of them. More can be kept afterwards.
        """
        with self._changed:
            ended = list(self._ends)
            self._ends.clear()
            self._of_route.clear()
            self._changed.notify_all()
        for connection in ended:
            connection.close()

    def _sweep(self) -> None:
        """
        End those that are too old, until there are none at all.
        """
        while True:
            with self._changed:
                if not self._ends:
                    self._sweeping = False
                    return
                end, _ = next(iter(self._ends.values()))
                left = end - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                old = self._oldest()
            old.close()

    def _oldest(self) -> Connection:
        """
        The oldest one, no longer kept.
        """
        connection, (_, route) = self._ends.popitem(last=False)
        idle = self._of_route[route]
        # Each route has its oldest first, too.
        idle.popleft()
        if not idle:
            del self._of_route[route]
        return connection


def announced_seconds(answer: Answer) -> float | None:
    """
    How long an endpoint says it keeps a connection that is not used: ``Keep-Alive: timeout=5`` (RFC 2068,
    section 19.7.1.1, as Apache and Node.js send it); None if it does not say.
    """
    for name, value in answer.headers:
        if name.lower() == "keep-alive" and (found := _TIMEOUT.search(value)):
            return float(found[1])
    return None

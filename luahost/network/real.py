"""
The machine's network.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from luahost.lookup import Resolver, addresses, system_resolver
from luahost.network.recent import RecentLookups
from luahost.network.sockets import SYSTEM_SOCKETS, Sockets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luahost.clock import Clock
    from luahost.exchange import Answer, Place, Request
    from luahost.network.sender import Sender


class RealNetwork:
    """
    The machine's network: HTTP/1.1 over TCP and TLS. Threads may share it.

    Args:
        resolver: Who says which addresses a name has.

        keep: How many connections are kept for later requests, when neither side wants them closed; none,
            unless given. One is used again for requests of the same endpoint, address, proxy and TLS setting
            alone, and ends when it has not been used for some seconds. A request is sent again on a new
            connection only if the endpoint had ended the old one before any of it went out. Names are then
            looked up once a second at most.

        sockets: What its waits are made of.
    """

    takes_time = True

    def __init__(
        self, resolver: Resolver = system_resolver, *, keep: int = 0, sockets: Sockets = SYSTEM_SOCKETS
    ) -> None:
        self._resolver = resolver
        self._sockets = sockets
        self._keep = keep
        self._recent = RecentLookups()
        self._sender: Sender | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """
        Import what speaks HTTP and TLS; the first time takes a while.
        """
        if self._sender is None:
            from luahost.network.sender import Sender

            with self._lock:
                if self._sender is None:
                    self._sender = Sender(keep=self._keep, sockets=self._sockets)

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        What the resolver says, or said a moment ago where connections are kept.
        """
        if not self._keep:
            return addresses(self._resolver, place.host, place.port, seconds, self._sockets.in_time)
        found = self._recent.get(place.host, place.port)
        if found is None:
            found = addresses(self._resolver, place.host, place.port, seconds, self._sockets.in_time)
            self._recent.put(place.host, place.port, found)
        return found

    def close(self) -> None:
        """
        End the connections that are kept. The network can be used again.
        """
        if self._sender is not None:
            self._sender.close()

    def send(
        self,
        request: Request,
        *,
        address: str | None,
        seconds: float | None,
        most_bytes: int,
        clock: Clock,
    ) -> Answer:
        """
        One try; a connection is cut when its time is over.
        """
        self.prepare()
        assert self._sender is not None
        return self._sender.send(request, address, seconds, most_bytes)

"""
The machine's network.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import Answer, Place, Request, check_sendable
from luahost.lookup import Resolver, addresses, system_resolver
from luahost.network.contexts import TlsContexts
from luahost.network.kept import KeptConnections, announced_seconds
from luahost.network.recent import RecentLookups
from luahost.network.sockets import SYSTEM_SOCKETS, Sockets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luahost.clock import Clock
    from luahost.network.connection import Connection
    from luahost.network.deadline import Deadline
    from luahost.network.route import Route


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
        self._contexts = TlsContexts()
        self._kept = KeptConnections(keep)
        self._recent = RecentLookups()
        self._prepared = False

    def prepare(self) -> None:
        """
        Import what speaks HTTP and TLS; the first time takes a while.
        """
        if not self._prepared:
            importlib.import_module("luahost.network.route")
            self._prepared = True

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
        self._kept.close()

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
        from luahost.network.conversation import Unheard
        from luahost.network.deadline import Deadline
        from luahost.network.route import Route, target_of

        check_sendable(request)
        target = target_of(request)
        deadline = Deadline(seconds)
        try:
            route = Route.of(request, address, self._contexts.of)
            connection = self._kept.take(route) if self._keep else None
            if connection is not None:
                try:
                    return self._converse(connection, route, request, target, deadline, most_bytes)
                except Unheard:
                    # It ended between a look at it and the request.
                    pass
            connection = route.connect(request, deadline, self._sockets)
            return self._converse(connection, route, request, target, deadline, most_bytes)
        except EndpointError as error:
            raise deadline.judged(error) from error

    def _converse(
        self,
        connection: Connection,
        route: Route,
        request: Request,
        target: bytes,
        deadline: Deadline,
        most_bytes: int,
    ) -> Answer:
        """
        Send the request over this connection, read the answer, and keep the connection or close it.
        """
        from luahost.network.conversation import Conversation

        conversation = Conversation(connection, request, target, deadline)
        leaves = False
        try:
            conversation.say()
            answer = conversation.hear(most_bytes)
            leaves = conversation.leaves_connection()
        finally:
            if not leaves or not self._keep:
                connection.close(reset=deadline.passed)
        if leaves and self._keep:
            connection.kept = True
            self._kept.put(route, connection, announced_seconds(answer))
        return answer

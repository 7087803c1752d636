"""
What sends requests over the machine's sockets, on connections of which some are kept.

:mod:`~luahost.network.real` imports it with the first request, as it needs h11, ``ssl`` and ``socket``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import Answer, Request, check_sendable
from luahost.network.contexts import TlsContexts
from luahost.network.conversation import Conversation, Unheard
from luahost.network.deadline import Deadline
from luahost.network.kept import KeptConnections, announced_seconds
from luahost.network.route import Route, target_of

if TYPE_CHECKING:
    from luahost.network.connection import Connection
    from luahost.network.sockets import Sockets


class Sender:
    """
    Sends; threads may share it.

    Args:
        keep: How many connections are kept for later requests.

        sockets: What its waits are made of.
    """

    def __init__(self, *, keep: int, sockets: Sockets) -> None:
        self._keep = keep
        self._sockets = sockets
        self._contexts = TlsContexts()
        self._kept = KeptConnections(keep)

    def close(self) -> None:
        """
        End the connections that are kept. It can be used again.
        """
        self._kept.close()

    def send(self, request: Request, address: str | None, seconds: float | None, most_bytes: int) -> Answer:
        """
        See :meth:`luahost.network.Network.send`.
        """
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

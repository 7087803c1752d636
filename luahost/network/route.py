"""
Whom a request is to be brought to, and a connection there.

A connection is used again for requests of the same route only, so a route has all in it that two connections
can differ in: the address, who has to be proved there, how far it is trusted, the proxy and what that was
told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from luahost.exchange import Place, Request, wire_target
from luahost.network.connection import Connection, connect
from luahost.network.tunnel import Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from luahost.network.deadline import Deadline
    from luahost.network.sockets import Sockets
    from luahost.tls import Tls


class Route(NamedTuple):
    """
    A way to an endpoint.

    Attributes:
        host: Name or address to connect to.

        port: Port to connect to.

        name: Whom one means to reach there, and who has to be proved by a certificate.

        context: For TLS, None without it.

        proxied: Whether that is a proxy.

        tunnel: Where the proxy is to pass everything on to, None for nowhere.
    """

    host: str
    port: int
    name: str
    context: SSLContext | None
    proxied: bool
    tunnel: Tunnel | None

    @classmethod
    def of(cls, request: Request, address: str | None, context_of: Callable[[Tls], SSLContext]) -> Route:
        """
        The route of a request.

        Args:
            request: The request.

            address: The address to connect to; None for the name's, whichever it has.

            context_of: Gives the context of a TLS setting.

        Raises:
            EndpointError: No request can go there, or TLS cannot be spoken as it says.
        """
        place = Place.of(request.proxy or request.url)
        context = context_of(request.tls) if place.scheme == "https" else None
        tunnel = None
        if request.proxy is not None and request.tunnel:
            tunnel = Tunnel.of(request.proxy, Place.of(request.url), context_of(request.tls))
        return cls(
            address or place.host, place.port_number, place.host, context, request.proxy is not None, tunnel
        )

    def connect(self, request: Request, deadline: Deadline, sockets: Sockets) -> Connection:
        """
        A new connection, on which nothing has been said.

        Args:
            request: Says how much patience there is.

            deadline: When it must be over.

            sockets: What its waits are made of.

        Raises:
            EndpointError: There is none.
        """
        patience = request.connect_timeout_seconds
        if patience is None:
            patience = request.timeout_seconds
        connection = connect(self.host, self.port, patience, deadline, sockets)
        if self.context is not None:
            connection.start_tls(self.context, self.name, patience, deadline)
        if self.tunnel is not None:
            self.tunnel.open(connection, request.timeout_seconds, patience, deadline)
        return connection


def target_of(request: Request) -> bytes:
    """
    What a request asks for, as it stands in the request line.

    Raises:
        EndpointError: It cannot stand there.
    """
    if request.target is not None:
        return wire_target(request.target)
    return wire_target(Place.of(request.url).target or "/")

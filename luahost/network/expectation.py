"""
Bodies that wait until they are wanted: ``Expect: 100-continue`` (RFC 9110, section 10.1.1).

Before the body goes out, one looks whether the endpoint says something: if that is its final answer, the
body stays here; if nothing comes, it goes out after a while, as Dovecot's does. On a TLS connection one
cannot look without reading, so there it goes out at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from luahost.exchange import Request
    from luahost.network.connection import Connection
    from luahost.network.deadline import Deadline

PATIENCE_SECONDS = 2.0
"""How long to wait for a word of the endpoint's: Dovecot's two seconds."""

_INTERIM = b"HTTP/1.1 1"


def expects(request: Request) -> bool:
    """
    Whether a request asks the endpoint if it wants the body.
    """
    return bool(request.body) and any(
        name.lower() == "expect" and value.lower() == "100-continue" for name, value in request.headers
    )


def refused(connection: Connection, deadline: Deadline) -> bool:
    """
    Whether the endpoint's first word is an answer that ends the exchange.

    Raises:
        EndpointError: The connection breaks.
    """
    if connection.is_tls:
        return False
    first = connection.peek(len(_INTERIM), PATIENCE_SECONDS, deadline)
    return first is not None and not _INTERIM.startswith(first)

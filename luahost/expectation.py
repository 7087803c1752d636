"""
Bodies that wait until they are wanted: ``Expect: 100-continue`` (RFC 9110, section 10.1.1).

httpx sends a body right after the head. This one first looks whether the endpoint says something: if that is
its final answer, the body stays here; if nothing comes, it goes out after a while, as Dovecot's does. On a
TLS connection one cannot look without reading, so there it goes out at once.
"""

from __future__ import annotations

import select
import socket
import ssl
from typing import TYPE_CHECKING

import httpcore
import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from luahost.exchange import Request

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


class AwaitedBody(httpx.SyncByteStream):
    """
    The body of such a request.

    Args:
        connection: Gives the connection that it is to go out on, None if that is not known.
    """

    def __init__(self, body: bytes, connection: Callable[[], socket.socket | None]) -> None:
        self._body = body
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        connection = self._connection()
        if connection is not None and not isinstance(connection, ssl.SSLSocket) and _refused(connection):
            # What httpcore takes for a sign to leave off sending and to read the answer.
            raise httpcore.WriteError("the endpoint has answered before the body")
        yield self._body


def _refused(connection: socket.socket) -> bool:
    """
    Whether the endpoint's first word is an answer that ends the exchange.
    """
    readable, _, _ = select.select([connection], [], [], PATIENCE_SECONDS)
    if not readable:
        return False
    first = connection.recv(len(_INTERIM), socket.MSG_PEEK)
    return not _INTERIM.startswith(first)

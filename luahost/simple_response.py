"""
Answers that begin with no status line: the Simple-Responses of HTTP/0.9 (RFC 1945, section 6).

LuaSocket takes whatever does not begin with ``HTTP/`` for the body of one, and its status for 200.
httpx does not know them, so egress looks at an answer's first bytes before httpx does, by way of
httpx's trace extension, and reads such an answer itself. Only plain connections allow a look ahead.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.tls import os_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

BEGINNING = b"HTTP/"
READ_BYTES = 65536


class SimpleResponse(Exception):
    """
    Leaves httpx with an answer that httpx does not understand. Strictly private to egress.

    Attributes:
        body: The answer, all of it.

        broken: Why it ended early, None if the endpoint closed the connection.
    """

    def __init__(self, body: bytes, broken: EndpointError | None) -> None:
        super().__init__(f"{len(body)} bytes without a status line")
        self.body = body
        self.broken = broken


def watcher(timeout_seconds: float | None, limit_bytes: int) -> Callable[[str, Mapping[str, Any]], None]:
    """
    A trace callback for one exchange that raises :class:`SimpleResponse` when it meets one.

    Args:
        timeout_seconds: For each read.

        limit_bytes: The longest answer to take.

    Raises:
        EndpointError: From the callback, when no answer comes in time.
    """
    connections: list[socket.socket] = []

    def trace(event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            connections.append(info["return_value"].get_extra_info("socket"))
        elif event == "connection.start_tls.started":
            connections.clear()
        elif event == "http11.receive_response_headers.started" and connections:
            _look(connections[-1], timeout_seconds, limit_bytes)

    return trace


def _look(connection: socket.socket, timeout_seconds: float | None, limit_bytes: int) -> None:
    connection.settimeout(timeout_seconds)
    try:
        first = connection.recv(len(BEGINNING), socket.MSG_PEEK)
    except TimeoutError:
        raise EndpointError("timeout", "while talking") from None
    except OSError as error:
        # httpx would not meet it again, but an end.
        raise EndpointError("closed", os_reason(error)) from error
    if BEGINNING.startswith(first):
        return
    body, broken = _rest(connection, limit_bytes)
    if len(body) < len(BEGINNING):
        raise broken or EndpointError("closed", "the answer ends before it says what it is")
    raise SimpleResponse(body, broken)


def _rest(connection: socket.socket, limit_bytes: int) -> tuple[bytes, EndpointError | None]:
    body = bytearray()
    try:
        while piece := connection.recv(READ_BYTES):
            body += piece
            if len(body) > limit_bytes:
                words = f"the body is longer than {limit_bytes} bytes"
                return bytes(body[:limit_bytes]), EndpointError("protocol", words)
    except TimeoutError:
        return bytes(body), EndpointError("timeout", "while talking")
    except OSError as error:
        return bytes(body), EndpointError("closed", str(error))
    return bytes(body), None

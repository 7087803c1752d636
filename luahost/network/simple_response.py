"""
Answers that begin with no status line: the Simple-Responses of HTTP/0.9 (RFC 1945, section 6).

LuaSocket takes whatever does not begin with ``HTTP/`` for the body of one, and its status for 200. h11 does
not know them, so an answer's first bytes are looked at before h11 gets them. In TLS they are not, and h11
says what is wrong with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import NO_STATUS_LINE, SIMPLE_VERSION, Answer, from_wire

if TYPE_CHECKING:
    from luahost.exchange import Request
    from luahost.network.connection import Connection
    from luahost.network.deadline import Deadline

BEGINNING = b"HTTP/"


def is_simple(first: bytes) -> bool:
    """
    Whether an answer that comes with these bytes first is one.
    """
    return not BEGINNING.startswith(first[: len(BEGINNING)])


def simple_answer(
    first: bytes, connection: Connection, request: Request, deadline: Deadline, most_bytes: int
) -> Answer:
    """
    All of such an answer, which ends with the connection.

    Raises:
        EndpointError: It is too short to be told from the beginning of another one, or the request does not
            take such answers.
    """
    body, broken = _rest(first, connection, request, deadline, most_bytes)
    if len(body) < len(BEGINNING):
        raise broken or EndpointError("closed", "the answer ends before it says what it is")
    if not request.simple:
        raise EndpointError("protocol", NO_STATUS_LINE + from_wire(body))
    return Answer(version=SIMPLE_VERSION, status=200, body=body, broken=deadline.judged(broken))


def _rest(
    first: bytes, connection: Connection, request: Request, deadline: Deadline, most_bytes: int
) -> tuple[bytes, EndpointError | None]:
    body = bytearray(first)
    try:
        while len(body) <= most_bytes:
            piece = connection.read(request.timeout_seconds, deadline)
            if not piece:
                return bytes(body), None
            body += piece
    except EndpointError as error:
        return bytes(body), error
    return bytes(body[:most_bytes]), EndpointError("protocol", f"the body is longer than {most_bytes} bytes")

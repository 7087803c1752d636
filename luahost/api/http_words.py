"""
What ``reason()`` says of exchanges that came to nothing, and Dovecot's own status codes for them.

Dovecot parses answers itself; here h11 does, and its complaints are put into Dovecot's words. What no
script should depend on is left out of them: the times are right, other event loops do not exist.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from luahost import patterns
from luahost.dataclass import dataclass, field
from luahost.exchange import CONNECTING, NO_STATUS_LINE, OVERALL, to_wire

if TYPE_CHECKING:
    from luahost.clock import Clock
    from luahost.errors import EndpointError
    from luahost.exchange import Answer

HOST_LOOKUP_FAILED = 9002
CONNECT_FAILED = 9003
INVALID_REDIRECT = 9004
CONNECTION_LOST = 9005
BAD_RESPONSE = 9007
TIMED_OUT = 9008

SHOWN_BYTES = 20
"""How much of a broken answer is shown."""

TLS_CODES = {
    "wrong version number": "0A00010B",
    "unexpected eof while reading": "0A000126",
    "sslv3 alert handshake failure": "0A000410",
    "tlsv1 alert protocol version": "0A00042E",
}
"""OpenSSL's numbers for its reasons."""

HEAD_END = b"\r\n\r\n"

COMPLAINTS = {
    "bad Content-Length": "Invalid Content-Length header",
    "conflicting Content-Length headers": "Duplicate Content-Length header",
}
"""Dovecot's words for what h11 says."""

_ILLEGAL = patterns.compile(
    r"illegal (?P<what>status line|header line|chunk header): (?P<bytes>.*)", re.DOTALL
)


@dataclass(slots=True)
class Course:
    """
    How a request fared so far.

    Attributes:
        clock: What it is timed by.

        queued: When it was submitted, by that clock's monotonic time.

        last: When it was sent last.

        sends: How often it was sent, redirects not counted.

        retries: How often it was sent again.

        connections: Number of the connection, for errors that name it.
    """

    clock: Clock
    queued: float = field(init=False)
    last: float = 0.0
    sends: int = 0
    retries: int = 0
    connections: int = 0

    def __post_init__(self) -> None:
        self.queued = self.clock.monotonic()

    def told(self, *, connected: bool) -> str:
        """
        The times, as they stand behind a reason.
        """
        now = self.clock.monotonic()
        spent, last = f"{now - self.queued:.3f}", f"{now - self.last:.3f}"
        parts = [
            f"Request queued {spent} secs ago",
            *([f"{self.retries} times retried"] if self.retries else []),
            f"{self.sends} send attempts in {spent} secs",
            *([f"{last} in last attempt"] if self.sends > 1 else []),
            f"{spent} in http ioloop",
            "0.000 in other ioloops",
            *([f"connected {last} secs ago"] if connected else []),
        ]
        return f" ({', '.join(parts)})"


def failure(error: EndpointError, host: str, course: Course) -> tuple[int, str]:
    """
    Status and reason for an exchange without an answer.
    """
    peer = error.peer or host
    if error.kind == "host_not_found":
        return HOST_LOOKUP_FAILED, f"Failed to lookup host {host}: {error.detail}"
    if error.kind in ("refused", "denied"):
        why = "Connection refused" if error.kind == "denied" else error.detail
        return CONNECT_FAILED, f"connect({peer}) failed: {why}"
    if error.kind == "tunnel":
        return CONNECT_FAILED, f"Tunnel connect({host}) failed: {error.detail}"
    if error.kind == "tls":
        read = f"read(SSL (conn:{peer},id={course.connections}))"
        return (
            CONNECT_FAILED,
            f"SSL handshaking with {peer} failed: {read} failed: {_handshake(error.detail)}",
        )
    if error.kind == "timeout":
        if error.detail == OVERALL:
            return TIMED_OUT, f"Absolute request timeout expired{course.told(connected=False)}"
        if error.detail == CONNECTING:
            spent = course.clock.monotonic() - course.last
            return CONNECT_FAILED, f"connect({peer}) failed: Connection timed out in {spent:.3f} secs"
        return TIMED_OUT, f"Request timed out{course.told(connected=True)}"
    if error.kind == "closed":
        return CONNECTION_LOST, lost(peer, error.detail, course)
    return BAD_RESPONSE, _complaint(error.detail, peer, course)


def _handshake(detail: str) -> str:
    reason, _, certificate = detail.partition(": ")
    if certificate:
        return f"Received invalid SSL certificate: {certificate} (check ssl_client_ca_* settings?)"
    return f"SSL_connect() failed: error:{TLS_CODES.get(reason, '00000000')}:SSL routines::{reason}"


def lost(peer: str, detail: str, course: Course) -> str:
    """
    The reason for a connection that ended before there was an answer.
    """
    why = "read(size=8192) failed: Connection reset by peer" if "reset" in detail else "EOF"
    read = f"read((conn:{peer},id={course.connections})) failed: {why}"
    return f"Connection lost: {read}{course.told(connected=True)}"


def bad_response(answer: Answer) -> str | None:
    """
    What Dovecot has against an answer that h11 takes.
    """
    if not 100 <= answer.status <= 599:
        return "Invalid HTTP status code in response"
    length = header(answer, "content-length")
    if answer.status == 204 and length not in (None, "0"):
        return f"Unexpected Content-Length header field for 204 response (length={length})"
    return None


def broken_body(answer: Answer, broken: EndpointError, timeout_seconds: float, course: Course) -> str | None:
    """
    The log line about a body that ends early; None for one that the absolute timeout cut.
    """
    received = len(answer.body)
    if broken.kind == "timeout":
        if broken.detail == OVERALL:
            return None
        why = f"Read timeout in {timeout_seconds:.3f} s after {received} bytes"
    elif broken.kind == "closed" and (wanted := header(answer, "content-length")) is not None:
        age = f"opened {int(course.clock.monotonic() - course.last)} secs ago"
        why = (
            f"Disconnected while reading message payload at offset {received} (wanted {wanted}): "
            f"Connection closed ({age})"
        )
    elif broken.kind == "closed":
        why = "Unexpected end of payload"
    elif (illegal := _ILLEGAL.match(broken.detail)) and illegal["what"] == "chunk header":
        why = f"Expected chunk size digit, but found '{_bytes(illegal['bytes'])[:1].decode('latin-1')}'"
    else:
        why = broken.detail
    return f"ERROR: REQUEST PAYLOAD READ ERROR: {why}"


def header(answer: Answer, name: str) -> str | None:
    """
    The first value of a header, None without one.
    """
    return next((value for key, value in answer.headers if key.lower() == name), None)


def _complaint(detail: str, peer: str, course: Course) -> str:
    if detail.startswith(NO_STATUS_LINE):
        return f"Invalid HTTP version in response: {shown(to_wire(detail.removeprefix(NO_STATUS_LINE)))}"
    if illegal := _ILLEGAL.match(detail):
        line = _bytes(illegal["bytes"])
        if illegal["what"] == "status line":
            return _status_line(line)
        name = re.sub(rb"[^!#-'*+.0-9A-Z^-z|~-].*", b"", line, flags=re.DOTALL)
        found = line[len(name) : len(name) + 1]
        field = f"header field name '{name.decode('latin-1')}'"
        return f"Failed to parse header: Expected ':' after {field}, but found '{found.decode('latin-1')}'"
    if "status_code should be in range" in detail:
        return "Invalid HTTP status code in response"
    return COMPLAINTS.get(detail, detail)


def _status_line(line: bytes) -> str:
    match = re.match(rb"HTTP/[0-9]\.[0-9] ", line)
    if not match:
        # h11 shows the line alone; as a rule nothing but the end of the head follows it.
        return f"Invalid HTTP version in response: {shown(line + HEAD_END)}"
    status = line[match.end() : match.end() + 3]
    if not status.isdigit() or len(status) < 3 or not b"100" <= status <= b"599":
        return "Invalid HTTP status code in response"
    return f"Expected ' ' after response status code, but found {shown(line[match.end() + 3 :])}"


def _bytes(literal: str) -> bytes:
    """
    The bytes that h11 shows in a complaint.
    """
    literal = literal.removeprefix("bytearray(").removesuffix(")")
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return literal.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else literal.encode("utf-8", "replace")


def shown(wire: bytes) -> str:
    """
    The beginning of a broken answer: text in quotes, other bytes by name or number.
    """
    parts = []
    for piece in re.findall(rb"[\x20-\x7e]+|.", wire[:SHOWN_BYTES], re.DOTALL):
        if 0x20 <= piece[0] <= 0x7E:
            parts.append(f"`{piece.decode('ascii')}'")
        else:
            parts.append({b"\r": "<CR>", b"\n": "<LF>"}.get(piece, f"<0x{piece[0]:02x}>"))
    return "".join(parts)

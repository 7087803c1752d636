"""
One request on a connection, and its answer: HTTP/1.1, by h11 where it is not plain.

h11 judges what is sent and what comes, and says in its own words what is wrong with it; of what is plain
(:mod:`~luahost.network.plain`) it hears nothing. A body that is whole
ends as its framing says; one that ends otherwise is part of the answer, with the reason.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import h11

from luahost.errors import EndpointError
from luahost.exchange import Answer, Request, from_wire, to_wire
from luahost.network.expectation import expects, refused
from luahost.network.plain import plain_answer, plain_request
from luahost.network.simple_response import is_simple, simple_answer

if TYPE_CHECKING:
    from luahost.network.connection import Connection
    from luahost.network.deadline import Deadline

ENDED = "the connection ended before the answer"

CUT_SHORT = ("peer closed connection", "peer unexpectedly closed connection")
"""How h11's complaints about an answer that ends too early begin; the second in the middle of a line."""

SWITCHING_PROTOCOLS = 101


class Unheard(Exception):
    """
    The connection had ended before any of the request went out. Strictly private to the network.
    """


class Conversation:
    """
    One exchange.

    Args:
        connection: What it goes over; nothing is being said on it.

        request: What to send.

        target: What to ask for, as it stands in the request line.

        deadline: When it must be over.
    """

    __slots__ = ("_connection", "_deadline", "_leaves", "_patience", "_plain", "_request", "_target")

    def __init__(self, connection: Connection, request: Request, target: bytes, deadline: Deadline) -> None:
        self._connection = connection
        self._request = request
        self._target = target
        self._patience = request.timeout_seconds
        self._deadline = deadline
        self._plain = plain_request(request, target)
        self._leaves = False

    @property
    def _http(self) -> h11.Connection:
        return self._connection.http

    def leaves_connection(self) -> bool:
        """
        Whether another request may follow: both sides have said all and want the connection to stay, which
        is then ready for it.
        """
        if self._plain is not None:
            return self._leaves
        http = self._http
        leaves = http.our_state is h11.DONE and http.their_state is h11.DONE and not http.trailing_data[0]
        if leaves:
            http.start_next_cycle()
        return leaves

    def say(self) -> None:
        """
        Send the request. An endpoint that takes no more of it may have answered.

        Raises:
            EndpointError: It cannot be sent, or not in time.
            Unheard: Nothing went out, and the connection was not new.
        """
        if self._plain is not None:
            self._write(self._plain[0])
            return
        try:
            head = self._head()
            if expects(self._request):
                self._write(head)
                if refused(self._connection, self._deadline):
                    return
                head = b""
            rest = self._rest()
        except h11.LocalProtocolError as error:
            raise EndpointError("protocol", str(error)) from error
        self._write(head + rest)

    def _head(self) -> bytes:
        request = self._request
        # Space around a value means nothing (RFC 9110, section 5.5), and h11 refuses it.
        fields = [(to_wire(name), to_wire(value).strip(b" \t")) for name, value in request.headers]
        return self._http.send(h11.Request(method=request.method, target=self._target, headers=fields)) or b""

    def _rest(self) -> bytes:
        body = self._http.send(h11.Data(data=self._request.body)) if self._request.body else b""
        return (body or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def _write(self, data: bytes) -> None:
        sent = self._connection.write(data, self._patience, self._deadline)
        if data and not sent and self._connection.kept:
            raise Unheard

    def hear(self, most_bytes: int) -> Answer:
        """
        Read the answer.

        Args:
            most_bytes: The longest body to take.

        Raises:
            EndpointError: There is none.
        """
        first = self._read()
        if self._plain is not None:
            if (found := plain_answer(first, most_bytes)) is not None:
                answer, stays = found
                self._leaves = stays and self._plain[1]
                return answer
            # From here on it is h11's, which has to know what was asked.
            self._plain = None
            self._head()
            self._rest()
        if not self._connection.is_tls and is_simple(first):
            return simple_answer(first, self._connection, self._request, self._deadline, most_bytes)
        head = self.head(first)
        body, broken = self._body(most_bytes)
        return Answer(
            version=from_wire(b"HTTP/" + head.http_version),
            status=head.status_code,
            reason=from_wire(head.reason),
            headers=tuple((from_wire(name), from_wire(value)) for name, value in head.headers.raw_items()),
            body=body,
            broken=broken,
        )

    def head(self, first: bytes | None = None) -> h11.Response | h11.InformationalResponse:
        """
        The head of the answer, after interim ones.

        Args:
            first: What has been read of it, None for nothing yet.

        Raises:
            EndpointError: There is none.
        """
        self._take(self._read() if first is None else first)
        while True:
            event = self._event()
            if type(event) is h11.Response:
                return event
            if type(event) is h11.InformationalResponse and event.status_code == SWITCHING_PROTOCOLS:
                return event
            # Interim answers that have come already cost time as well.
            self._deadline.seconds(None)

    def _body(self, most: int) -> tuple[bytes, EndpointError | None]:
        """
        The body as far as it comes, and why not further.
        """
        timeout_seconds, block_bytes = self._patience, self._request.block_bytes or 1
        body = bytearray()
        block_begin = time.monotonic()
        try:
            # What has come is taken, late as it may be; only waiting has an end.
            while type(event := self._event()) is h11.Data:
                now = time.monotonic()
                blocks = len(body) // block_bytes
                if timeout_seconds is not None and now - block_begin > timeout_seconds:
                    return bytes(body), EndpointError("timeout", "the body came too slowly")
                body += event.data
                if len(body) // block_bytes > blocks:
                    block_begin = now
                if len(body) > most:
                    words = f"the body is longer than {most} bytes"
                    return bytes(body[:most]), EndpointError("protocol", words)
        except EndpointError as error:
            return bytes(body), self._deadline.judged(error)
        return bytes(body), None

    def _event(self) -> Any:
        """
        What h11 makes of what comes next.
        """
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                words = str(error)
                kind = "closed" if words.startswith(CUT_SHORT) else "protocol"
                raise EndpointError(kind, words) from error
            if event is not h11.NEED_DATA:
                return event
            self._take(self._read())

    def _take(self, data: bytes) -> None:
        if not data and self._http.their_state is h11.SEND_RESPONSE:
            raise EndpointError("closed", ENDED)
        self._http.receive_data(data)

    def _read(self) -> bytes:
        return self._connection.read(self._patience, self._deadline)

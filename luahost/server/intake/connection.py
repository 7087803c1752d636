"""
HTTP/1.1 (RFC 9112) on one connection: bytes → requests, answers → bytes. The only import of httptools.

A server of its own on llhttp, Node's parser, and not one for any application: a delivery is a connection and
a request, and most of what it cost was that generality. What a client may do is limited: a head has a length
and a message a time, a connection without requests ends, and who does not read answers is not read from.
Requests that come before their turn (pipelining) wait for it.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import urllib.parse
from collections import deque
from http import HTTPStatus
from typing import cast

from luahost.errors import UsageError
from luahost.server.intake.answers import HttpAnswer, RefusalError, too_large
from luahost.server.intake.door import Door
from luahost.server.intake.request import HttpRequest

try:
    import httptools
except ModuleNotFoundError:
    raise UsageError("luahost serve needs httptools: pip install 'luahost[serve]'") from None

HEAD_BYTES = 64 * 1024
"""How long the head of a request may be, or a read longer."""

_NEVER = float("inf")
_CLOSED = b"Connection: close\r\n"

log = logging.getLogger("luahost.server")


class Connection(asyncio.Protocol):
    """
    A client's connection.

    Args:
        door: What it has in common with others.

    Attributes:
        deadline: When patience with the client is lost, by the loop's time.
    """

    __slots__ = (
        "_answering",
        "_begun",
        "_body",
        "_deaf",
        "_door",
        "_fed",
        "_head",
        "_headers",
        "_length",
        "_most",
        "_parser",
        "_paused",
        "_silent",
        "_stuck",
        "_transport",
        "_url",
        "_waiting",
        "_whole",
        "deadline",
    )

    def __init__(self, door: Door) -> None:
        self._door = door
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._head: HttpRequest | None = None
        self._body: list[bytes] = []
        self._length = self._most = 0
        # Whether some of a message is there and not all of it, how much of its head, and the last one that
        # came to its end in the same read.
        self._begun, self._fed = False, 0
        self._whole: HttpRequest | None = None
        self._answering: HttpRequest | None = None
        self._waiting: deque[HttpRequest] = deque()
        # Whether nothing that the client sends counts any more; whether it has said that it sends no more.
        self._deaf = self._silent = False
        # Whether it does not read what it is sent; whether what it sends is not read.
        self._stuck = self._paused = False
        self.deadline = door.now + door.patience.keep_alive

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """
        A client is there.
        """
        self._transport = cast(asyncio.Transport, transport)
        self._door.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """
        It is gone. What is being answered is answered for nobody.
        """
        self._door.connections.discard(self)
        # The parser has hold of this.
        self._transport = self._parser = None
        self._deaf = True
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """
        It has sent something.
        """
        parser = self._parser
        if self._deaf or parser is None:
            return
        begins = not self._begun
        if begins and (request := self._door.heads.request_of(data)) is not None:
            self._admit(request, len(request.body))
            self._arrived(request)
            return
        self._whole = None
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing else is spoken here, and what follows may be no HTTP.
            self._deaf = True
            return
        except httptools.HttpParserError as error:
            log.warning("a client sends what is no HTTP request: %s", error)
            self._give_up(HTTPStatus.BAD_REQUEST, f"this is no HTTP request: {error}")
            return
        if not self._begun:
            if begins and self._whole is not None:
                self._door.heads.learn(data, self._whole)
            return
        head = self._head
        if head is None:
            self._fed += 0 if self._whole else len(data)
            if self._fed > HEAD_BYTES:
                words = f"a head may have {HEAD_BYTES} bytes"
                self._give_up(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, words)
        elif head.refusal is not None:
            self._hear_no_more(head)
        elif b"expect" in head.headers and not self._body and self._answering is None:
            self._go_on(head)

    def eof_received(self) -> bool:
        """
        It sends no more, and may still wait for answers. Over TLS it cannot.
        """
        self._deaf = self._silent = True
        return self._answering is not None and self._transport is not None and self._transport.can_write_eof()

    def pause_writing(self) -> None:
        """
        The client does not read.
        """
        self._stuck = True
        self.deadline = self._door.now + self._door.patience.message
        self._pause()

    def resume_writing(self) -> None:
        """
        It reads again.
        """
        self._stuck = False
        if self._answering is None:
            self._next()
        else:
            self.deadline = _NEVER

    # What the parser finds.

    def on_message_begin(self) -> None:
        """
        A request begins.
        """
        self._url, self._headers, self._head = b"", {}, None
        self._begun, self._fed, self._length = True, 0, 0
        if self._answering is None:
            self.deadline = self._door.now + self._door.patience.message

    def on_url(self, url: bytes) -> None:
        """
        Some of its target.
        """
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """
        A header field.
        """
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """
        Its head is there.
        """
        assert self._parser is not None
        method = self._parser.get_method().decode("latin-1")
        head = self._head = HttpRequest(method, _path(self._url), self._headers)
        announced = self._headers.get(b"content-length")
        self._admit(head, 0 if announced is None else int(announced))

    def on_body(self, body: bytes) -> None:
        """
        Some of its body.
        """
        head = self._head
        if head is None or head.refusal is not None:
            return
        self._length += len(body)
        if self._length <= self._most:
            self._body.append(body)
        else:
            head.refusal = too_large(self._most)
            self._body = []

    def on_message_complete(self) -> None:
        """
        All of it is there.
        """
        request, parser, body = self._head, self._parser, self._body
        assert request is not None
        assert parser is not None
        self._head, self._begun, self._whole = None, False, request
        if self._deaf:
            return
        if body:
            request.body = body[0] if len(body) == 1 else b"".join(body)
            self._body = []
        request.keeps = parser.should_keep_alive() and not parser.should_upgrade()
        if request.keeps and b"connection" in request.headers:
            # HTTP/1.0 keeps a connection if both say so, which is not worth the words.
            request.keeps = parser.get_http_version() != "1.0"
        self._arrived(request)

    # What becomes of it.

    def _admit(self, head: HttpRequest, length: int) -> None:
        """
        See whether a request with this head, and a body that is so long at least, is granted.
        """
        try:
            self._most = self._door.application.admit(head)
            if length > self._most:
                raise too_large(self._most)
        except RefusalError as refusal:
            head.refusal = refusal

    def _arrived(self, request: HttpRequest) -> None:
        """
        Answer a request when it is its turn.
        """
        if self._answering is None and not self._stuck:
            self._answer(request)
        else:
            self._waiting.append(request)
            self._pause()

    def _answer(self, request: HttpRequest) -> None:
        self._answering = request
        self.deadline = _NEVER
        if request.refusal is None:
            self._door.application.answer(request, self._reply)
        else:
            self._reply(request.refusal.answer())

    def _reply(self, answer: HttpAnswer) -> None:
        request, self._answering = self._answering, None
        if request is None:
            return
        door, transport = self._door, self._transport
        door.application.answered(request, answer.status)
        if transport is None or transport.is_closing():
            return
        begin, closes = door.begin_of(answer.status, answer.headers)
        body, keeps = answer.body, request.keeps and not (closes or door.closing)
        head = b"%b%d\r\n%b\r\n" % (begin, len(body), b"" if keeps or closes else _CLOSED)
        transport.write(head if request.method == "HEAD" else head + body)
        if keeps:
            self._next()
        else:
            # One who did not expect it may be sending the next request.
            self._end(transport, lingers=self._deaf or (request.keeps and not door.closing))

    def _next(self) -> None:
        """
        Answer the next request; if it is not there, read on.
        """
        if self._stuck or self._transport is None:
            return
        if self._waiting:
            self._answer(self._waiting.popleft())
            return
        if self._deaf:
            self._end(self._transport, lingers=True)
            return
        # What has begun meanwhile has its time from now on.
        patience = self._door.patience
        self.deadline = self._door.now + (patience.message if self._begun else patience.keep_alive)
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _pause(self) -> None:
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def _go_on(self, head: HttpRequest) -> None:
        """
        Tell a client that waits for it that it may send its body (RFC 9110, section 10.1.1).
        """
        assert self._transport is not None
        assert self._parser is not None
        if head.headers[b"expect"].lower() == b"100-continue" and self._parser.get_http_version() != "1.0":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _hear_no_more(self, head: HttpRequest) -> None:
        """
        Answer a request whose rest does not matter, as the last one.
        """
        self._deaf, self._begun, self._head, self._body = True, False, None, []
        head.keeps = False
        self._arrived(head)

    def _give_up(self, status: HTTPStatus, words: str) -> None:
        """
        Answer what cannot be read on, unless that comes after the last request.
        """
        if self._deaf or (self._answering is not None and not self._answering.keeps):
            self._deaf = True
            return
        request = self._head or HttpRequest()
        request.refusal = RefusalError(status, words)
        self._hear_no_more(request)

    def _end(self, transport: asyncio.Transport, *, lingers: bool) -> None:
        """
        Close the connection; if the client may still be sending, once it has had time to read the answer.
        """
        self._waiting.clear()
        self._deaf = True
        if not lingers or self._silent or not transport.can_write_eof():
            transport.close()
            return
        transport.write_eof()
        self.deadline = self._door.now + self._door.patience.linger
        if self._paused:
            self._paused = False
            transport.resume_reading()

    def lose_patience(self) -> None:
        """
        The client has taken too long.
        """
        if self._transport is None:
            return
        if self._stuck or self._deaf:
            self._transport.abort()
        elif self._begun:
            words = f"the request did not come within {self._door.patience.message:.0f} seconds"
            self._give_up(HTTPStatus.REQUEST_TIMEOUT, words)
        else:
            self._deaf = True
            self._transport.close()

    def close_if_idle(self) -> None:
        """
        Close the connection if no request has begun on it.
        """
        if self._transport is not None and self._answering is None and not self._begun:
            self._deaf = True
            self._transport.close()


@functools.lru_cache(maxsize=64)
def _path(target: bytes) -> str:
    """
    The path in a request's target, which may be all of a URL (RFC 9112, section 3.2).
    """
    try:
        path = httptools.parse_url(target).path or b"/"
    except httptools.HttpParserInvalidURLError:
        path = target
    return urllib.parse.unquote(path.decode("latin-1"))

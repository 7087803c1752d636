"""
The same routes behind a real HTTP server on the loopback interface.

For those who want sockets, TLS and time to be real for once. What no server can do from behind its port
(refuse a connection, have no address, let a connection wait) comes here as a connection that is reset.
"""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING, Any

from luahost.clock import SYSTEM_CLOCK
from luahost.exchange import Request as Sent
from luahost.exchange import to_wire
from luahost.testing.endpoint.answers import GARBAGE, Answer, Fault
from luahost.testing.endpoint.faults import (
    header_fields,
    is_bodiless,
    late_seconds,
    plain_answer,
    truncated,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from types import TracebackType

    Replies = Callable[[Sent], Answer | Fault]

POLL_SECONDS = 0.01
"""How soon the server ends when it is asked to."""

RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` for a connection that is reset when it is closed."""


class Loopback:
    """
    A server on 127.0.0.1, from the beginning to the end of a ``with``; :meth:`luahost.testing.Endpoint.real`
    makes one.

    Args:
        replies: Says what to answer.

        origin: Scheme, host and port that requests are taken to be for, ``https://push.example``; None for
            the server's own.

        certificate: A PEM file with a certificate and its key, for ``https``; None for ``http``.

    Attributes:
        url: Where it is, without a slash at the end; from the beginning of the ``with``.

        port: Its port.
    """

    def __init__(
        self,
        replies: Replies,
        *,
        origin: str | None = None,
        certificate: str | os.PathLike[str] | None = None,
    ) -> None:
        self.url = ""
        self.port = 0
        self._replies = replies
        self._origin = origin
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._server: _Server
        self._thread: threading.Thread

    def __enter__(self) -> Loopback:
        self._server = _Server(self._replies, self._origin, self._tls)
        self.url = self._server.url
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="luahost loopback", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(http.server.ThreadingHTTPServer):
    """
    The server of a :class:`Loopback`.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, replies: Replies, origin: str | None, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.replies = replies
        self.tls = tls
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}"
        self.origin = origin or self.url
        self.over = threading.Event()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """
        Serve a connection, in a thread of its own.
        """
        if self.tls is not None:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                # Whoever does not trust the certificate, or speaks no TLS, goes away.
                return
        super().finish_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """
        A connection that broke is the client's to tell of.
        """


class _Connection(http.server.BaseHTTPRequestHandler):
    """
    One connection.
    """

    protocol_version = "HTTP/1.1"
    server: _Server
    _reset = False
    _cut = False

    def log_message(self, format: str, *values: object) -> None:
        """
        Nothing on the terminal.
        """

    def parse_request(self) -> bool:
        """
        Read a request and answer it, whatever its method.
        """
        if not super().parse_request():
            return False
        self._reply(self.server.replies(self._sent()))
        # Nothing is left to do for the method.
        return False

    def finish(self) -> None:
        """
        End the connection, in the way that its last answer ends.
        """
        super().finish()
        with contextlib.suppress(OSError):
            if self._reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            elif isinstance(self.connection, ssl.SSLSocket) and not self._cut:
                # Says that the end is meant; LuaSec takes a silent end for an attack.
                self.connection.unwrap()
        self.connection.close()

    def _sent(self) -> Sent:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return Sent(
            method=self.command,
            url=self.server.origin + self._target,
            headers=tuple(self.headers.items()),
            body=body,
        )

    @property
    def _target(self) -> str:
        """
        Path and query; of a whole URL as well, which stands there for proxies and after redirects.
        """
        if self.path.startswith("/"):
            return self.path
        return "/" + self.path.partition("://")[2].partition("/")[2]

    def _reply(self, reply: Answer | Fault) -> None:
        plain = reply if isinstance(reply, Answer) else plain_answer(reply, self.server.url + self._target)
        if plain is not None:
            self._answer(plain)
        elif isinstance(reply, Fault):
            self._fail(reply)

    def _fail(self, fault: Fault) -> None:
        self._cut = self.close_connection = True
        if fault.name == "certificate":
            # Which one it shows is settled before the request.
            self._cut = self.close_connection = False
            self._answer(fault.answer)
        elif fault.name == "slow":
            self._cut = self.close_connection = False
            self.server.over.wait(late_seconds(fault))
            self._answer(fault.answer)
        elif fault.name == "read_timeout":
            self.server.over.wait()
        elif fault.name == "garbage":
            self.wfile.write(GARBAGE)
        elif fault.name == "truncated":
            if not is_bodiless(fault.answer.status, self.command):
                body, announced = truncated(fault.answer)
                self._answer(announced, body)
        else:
            self._reset = True

    def _answer(self, answer: Answer, body: bytes | None = None) -> None:
        if answer.delay_seconds:
            self.server.over.wait(answer.delay_seconds)
        head = [f"HTTP/1.1 {answer.status} {answer.phrase}"]
        head += [f"{name}: {value}" for name, value in header_fields(answer, SYSTEM_CLOCK.time())]
        wire = to_wire("\r\n".join(head)) + b"\r\n\r\n"
        if not is_bodiless(answer.status, self.command):
            wire += answer.wire_body if body is None else body
        self.wfile.write(wire)

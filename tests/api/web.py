"""
A local HTTP server that answers as the one did that the recordings of ``dovecot.http.client`` were made
with. The path chooses the answer; what the server saw is kept, in order.
"""

from __future__ import annotations

import http.server
import re
import socket
import threading
from types import TracebackType

REASONS = {413: "Request Entity Too Large"}
"""Reason phrases that are not the same in all Python versions."""

SLOWNESS = 0.4
"""``/slow?3`` takes this part of three seconds, which is longer than any of the timeouts it meets."""

TEXT = "text/plain"


class Web(http.server.ThreadingHTTPServer):
    """
    The server; runs inside a ``with``.

    Attributes:
        seen: Method, path, sorted headers and body of each request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[dict[str, object]] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def place(self) -> str:
        """
        Address and port.
        """
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Web:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """
    One connection.
    """

    protocol_version = "HTTP/1.1"
    error_message_format = "%(code)d %(message)s\n"
    server: Web

    def log_message(self, format: str, *args: object) -> None:
        """
        Nothing on the terminal.
        """

    def answer(self) -> None:
        """
        Note the request and answer it by its path.
        """
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = [[name, "<DATE>" if name == "Date" else value] for name, value in self.headers.items()]
        self.server.seen.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": sorted(headers),
                "body": body.decode("utf-8", "backslashreplace"),
            }
        )
        path, _, query = re.sub("^http://[^/]*", "", self.path).partition("?")
        first, _, rest = path[1:].partition("/")
        here = f"http://{self.server.place}"
        said = f"{self.command} {self.path} ".encode() + body
        match first:
            case "ok" | "handler":
                self.send(200, b"hello\n", ("X-Test", "one"), ("X-Test", "two"), ("Content-Type", TEXT))
            case "echo":
                self.send(200, said)
            case "echoclose":
                self.close_connection = True
                self.send(200, said, ("Connection", "close"))
            case "empty":
                self.send(200, b"")
            case "204":
                self.send(204, None)
            case "status":
                self.send(int(rest), f"status {rest}\n".encode())
            case "reason":
                self.send(299, b"odd\n", reason="Custom Reason Text")
            case "retry":
                self.send(503, b"busy\n", ("Retry-After", "0"))
            case "redirect":
                self.send(int(rest), b"moved\n", ("Location", f"{here}/echo"))
            case "redirectrel":
                self.send(int(rest), b"moved\n", ("Location", "/echo"))
            case "loop":
                self.send(302, b"loop\n", ("Location", f"{here}/loop"))
            case "noloc":
                self.send(302, b"no location\n")
            case "slow":
                threading.Event().wait(float(query or 1) * SLOWNESS)
                self.send(200, b"slow\n")
            case "close":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case "garbage":
                self.raw(b"this is not http\r\n\r\n")
            case "short":
                self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            case "chunked":
                chunks = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
                self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
            case "http10":
                self.raw(b"HTTP/1.0 200 OK\r\n\r\nold style")
            case "binary":
                self.send(200, b"a\x00b\xff")
            case "big":
                self.send(200, b"0123456789" * 20000)
            case _:
                self.send(404, b"not found\n")

    def send(
        self, status: int, body: bytes | None, *headers: tuple[str, str], reason: str | None = None
    ) -> None:
        """
        A whole answer.
        """
        self.send_response_only(status, reason or REASONS.get(status))
        self.send_header("Server", "oracle")
        for name, value in headers:
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            if body and self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            # A client that ran out of patience.
            self.close_connection = True

    def raw(self, wire: bytes) -> None:
        """
        Bytes as they stand, and the end of the connection.
        """
        self.wfile.write(wire)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = do_ODD = answer

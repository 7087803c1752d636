"""
A local HTTP endpoint for the tests of the LuaSocket shim: it answers well, badly or not at all.

The path chooses the answer from a table of raw bytes, so that an answer on the wire is exactly what
stands here. One request a connection, as LuaSocket makes them. What the endpoint saw is kept in
``requests``, in order.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


@dataclass(frozen=True)
class Seen:
    """
    A request as it came in.

    Attributes:
        line: The request line without its line end.

        headers: Header lines as sent, sorted: LuaSocket sends them in the order of a Lua table.

        body: The body as far as the framing in the headers goes.
    """

    line: str
    headers: tuple[str, ...]
    body: bytes


def head(status: str, *headers: str) -> bytes:
    """
    A status line and header lines, ready for the wire.
    """
    return "\r\n".join((status, *headers, "", "")).encode("latin-1")


def plain(body: bytes, *headers: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    """
    A whole answer with Content-Length.
    """
    return head(status, f"Content-Length: {len(body)}", *headers) + body


def moved(status: str, location: str) -> bytes:
    """
    A redirect with a body of its own.
    """
    return plain(b"moved\n", f"Location: {location}", status=f"HTTP/1.1 {status}")


CHUNKED = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")

ANSWERS: dict[str, bytes] = {
    "/ok": plain(b"fine\n", "Content-Type: text/plain"),
    "/empty": plain(b""),
    "/binary": plain(bytes(range(256))),
    "/long": plain(b"0123456789" * 1000),
    "/exact": plain(b"x" * 4096),
    "/until-closed": head("HTTP/1.1 200 OK") + b"y" * 5000,
    "/until-closed-exact": head("HTTP/1.1 200 OK") + b"y" * 4096,
    "/until-closed-nothing": head("HTTP/1.1 200 OK"),
    "/http10": head("HTTP/1.0 200 OK", "Server: old") + b"old\n",
    "/lf": b"HTTP/1.1 200 OK\nContent-Length: 3\nX-A: b\n\nabc",
    "/no-reason": plain(b"x", status="HTTP/1.1 200 "),
    "/no-reason-no-space": plain(b"x", status="HTTP/1.1 200"),
    "/odd-reason": plain(b"x", status="HTTP/1.1 299 Quite  fine, 1:2 \xe9"),
    "/500": plain(b"status 500\n", status="HTTP/1.1 500 Internal Server Error"),
    "/404": plain(b"status 404\n", status="HTTP/1.1 404 Not Found"),
    "/408": plain(b"status 408\n", "X-A: b", status="HTTP/1.1 408 Request Timeout"),
    "/201": plain(b"made", "Location: /ok", status="HTTP/1.1 201 Created"),
    "/204": head("HTTP/1.1 204 No Content", "X-A: b"),
    "/304": head("HTTP/1.1 304 Not Modified", 'ETag: "a"', "Content-Length: 10"),
    "/duplicates": plain(b"", "Set-Cookie: a=1", "Set-Cookie: b=2; HttpOnly", "X-One: 1", "x-one: 2"),
    "/odd-headers": plain(b"", "X-Empty:", "X-Colon: a:b: c", "X-Latin: \xe4", "X_Under: 1", "X-Tight:tight"),
    "/trailing-space": plain(b"", "X-Space:   both  "),
    "/folded": head("HTTP/1.1 200 OK", "X-Fold: one", " two", "\t three", "Content-Length: 2") + b"ok",
    "/cookie": plain(b"", "Set-Cookie: session=1; Path=/"),
    "/gzip": plain(b"\x1f\x8bno gzip at all", "Content-Encoding: gzip"),
    "/chunked": CHUNKED + b"5\r\nhello\r\n1;name=value\r\n \r\n5\r\nworld\r\n0\r\n\r\n",
    "/chunked-long": CHUNKED + b"".join(b"BB8\r\n" + b"z" * 3000 + b"\r\n" for _ in range(3)) + b"0\r\n\r\n",
    "/chunked-trailer": CHUNKED + b"3\r\nabc\r\n0\r\nX-After: end\r\n\r\n",
    "/chunked-bad": CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n",
    "/chunked-bad-footer": CHUNKED + b"2\r\nabXX0\r\n\r\n",
    "/chunked-short": CHUNKED + b"5\r\nhello\r\n5\r\nwo",
    "/chunked-cut-line": CHUNKED + b"5\r\nhello\r\n0\r",
    "/chunked-no-end": CHUNKED + b"5\r\nhello\r\n",
    "/close": b"",
    "/close-in-status": b"HTTP/1.1 2",
    "/close-in-headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "/short": head("HTTP/1.1 200 OK", "Content-Length: 5000") + b"s" * 3000,
    "/more": head("HTTP/1.1 200 OK", "Content-Length: 3") + b"abcdef",
    "/bad-length": head("HTTP/1.1 200 OK", "Content-Length: many") + b"abc",
    "/garbage": b"garbage in the first line\r\nmore of it\r\n",
    "/garbage-blank-line": b"this is not http\r\n\r\n",
    "/garbage-long": b"g" * 5000,
    "/garbage-exact": b"12345",
    "/garbage-short": b"1234",
    "/garbage-http": b"HTTP/one two three\r\n\r\nbody",
    "/header-without-colon": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\nok",
    "/100": head("HTTP/1.1 100 Continue") + plain(b"after 100"),
    "/100-headers": head("HTTP/1.1 100 Continue", "X-Early: 1") + plain(b"after 100", "X-Late: 2"),
    "/103": head("HTTP/1.1 103 Early Hints", "Link: </a>") + plain(b"after 103"),
    "/301": moved("301 Moved Permanently", "{base}/ok"),
    "/302": moved("302 Found", "{base}/ok"),
    "/303": moved("303 See Other", "{base}/ok"),
    "/307": moved("307 Temporary Redirect", "{base}/ok"),
    "/308": moved("308 Permanent Redirect", "{base}/ok"),
    "/300": moved("300 Multiple Choices", "{base}/ok"),
    "/relative": moved("302 Found", "ok"),
    "/a/b/up": moved("302 Found", "../../ok?x=1"),
    "/absolute-path": moved("302 Found", "/ok"),
    "/loop": moved("302 Found", "/loop"),
    "/hop1": moved("302 Found", "/hop2"),
    "/hop2": moved("302 Found", "/hop3"),
    "/hop3": moved("302 Found", "/hop4"),
    "/hop4": moved("302 Found", "/hop5"),
    "/hop5": moved("302 Found", "/ok"),
    "/hop0": moved("302 Found", "/hop1"),
    "/to-space": moved("302 Found", "/a b"),
    "/to-empty": moved("302 Found", ""),
    "/to-nowhere": plain(b"no location", status="HTTP/1.1 302 Found"),
    "/to-closed": moved("302 Found", "http://127.0.0.1:1/x"),
    "/to-ftp": moved("302 Found", "ftp://127.0.0.1/x"),
    "/to-408": moved("302 Found", "/408"),
    "/to-garbage": moved("302 Found", "/garbage"),
    "/to-short": head("HTTP/1.1 302 Found", "Location: /ok", "Content-Length: 5000") + b"cut",
    "/to-secure": moved("302 Found", "{secure}/ok"),
    "/to-plain": moved("302 Found", "{plain}/ok"),
}
"""What goes over the wire for a path; the connection is closed after it."""

TRICKLE_SECONDS = 0.05
"""How long a trickling answer waits between two bytes."""


class Endpoint:
    """
    The endpoint, serving from ``with`` to the end of it.

    ``/silent`` never answers, ``/silent-body`` sends half of its body and then nothing, ``/reset``
    resets the connection, ``/trickle`` sends its body byte by byte, ``/echo`` answers with what it
    got, and everything else is looked up in ``ANSWERS``.

    Attributes:
        base: URL of the endpoint without a final slash.

        requests: What it saw, in order.

        names: What stands for ``{base}`` and other names in its answers.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._connections: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.base = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.names = {"{base}": self.base}
        self.requests: list[Seen] = []

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing a listening socket does not wake a thread in accept; shutting it down does.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)
        for connection in self._connections:
            connection.join(timeout=5)

    def take(self) -> list[Seen]:
        """
        The requests since the last time.
        """
        taken, self.requests = self.requests, []
        return taken

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._converse, args=(connection,), daemon=True)
            self._connections.append(thread)
            thread.start()

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                seen = read_request(stream.readline, stream.read)
                if seen is not None:
                    self.requests.append(seen)
                    self._answer(connection, seen)
                    if isinstance(connection, ssl.SSLSocket):
                        # Says that the end is meant; LuaSec takes a silent end for an attack.
                        connection.unwrap()
        except OSError:
            # The client went away or never spoke TLS, which is for the client's side to judge.
            connection.close()

    def _answer(self, connection: socket.socket, seen: Seen) -> None:
        method, _, target = seen.line.partition(" ")
        path = target.partition(" ")[0].partition("?")[0]
        if path.startswith("http://"):
            path = "/" + path.partition("//")[2].partition("/")[2]
        if path == "/silent":
            wait_for_close(connection)
        elif path == "/silent-body":
            connection.sendall(head("HTTP/1.1 200 OK", "Content-Length: 5000") + b"h" * 2500)
            wait_for_close(connection)
        elif path == "/reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif path == "/trickle":
            connection.sendall(head("HTTP/1.1 200 OK", "Content-Length: 12"))
            trickle(connection, b"t" * 12)
        elif path == "/echo":
            body = b"\n".join([seen.line.encode("latin-1"), seen.body])
            connection.sendall(plain(body, "X-Method: " + method))
        elif method == "HEAD":
            start, blank_line, _ = self._filled(path).partition(b"\r\n\r\n")
            connection.sendall(start + blank_line)
        else:
            connection.sendall(self._filled(path))

    def _filled(self, path: str) -> bytes:
        answer = ANSWERS.get(path, plain(b"no such path\n", status="HTTP/1.1 404 Not Found"))
        for name, value in self.names.items():
            answer = answer.replace(name.encode(), value.encode())
        return answer


def read_request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Seen | None:
    """
    One request off the wire, None if the client closes before its first line.
    """
    first = readline()
    if not first:
        return None
    lines = []
    while (line := readline().rstrip(b"\r\n")) != b"":
        lines.append(line.decode("latin-1"))
    named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = b""
    if "content-length" in named:
        body = read(int(named["content-length"]))
    elif named.get("transfer-encoding") == "chunked":
        while size := int(readline() or b"0", 16):
            body += read(size)
            readline()
        readline()
    return Seen(line=first.rstrip(b"\r\n").decode("latin-1"), headers=tuple(sorted(lines)), body=body)


def wait_for_close(connection: socket.socket) -> None:
    """
    Say nothing until the client goes away, or the connection's own time is over.
    """
    while connection.recv(1024):
        pass


def trickle(connection: socket.socket, body: bytes) -> None:
    """
    Send a body byte by byte, until the client goes away.
    """
    connection.settimeout(TRICKLE_SECONDS)
    for byte in body:
        connection.sendall(bytes([byte]))
        try:
            if connection.recv(1024) == b"":
                return
        except TimeoutError:
            continue

"""
A server for random requests: what a request's path spells out is what it answers.

So a snippet says all of its exchange. In the path ``{base}`` stands for the server, ``{300}`` for so many
letters, ``{pause}`` for a moment in which nothing comes, and at the end ``{open}`` for a connection that
stays. Anything else goes out as it stands.

What comes before the answer is kept. LuaSocket sends header lines in the order of a Lua table, which no two
runs share, and a body in its source's chunks; so both are put in order.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO

MARK = b"/mark"
"""The path of the request with which each snippet begins."""

PAUSE_SECONDS = 0.005
LOST_SECONDS = 20.0
"""After which the server gives a client up, which no client should come to."""

_SPECIAL = re.compile(rb"\{(\w+)\}")
_TARGET = re.compile(rb"\S+ (?:http://[^/]*)?([^ ?#;]*)")
_REQUEST = re.compile(rb"\S+ .* HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"(?im)^content-length: *([0-9]+)\r$")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding: *chunked\r$")


class Wire:
    """
    The server, from ``with`` to the end of it.

    Attributes:
        base: Its URL without a final slash.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._seen: list[list[bytes]] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Wire:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing a listening socket does not wake a thread in accept; shutting it down does.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def take(self) -> list[list[bytes]]:
        """
        The requests of each snippet since the last time.
        """
        taken, self._seen = self._seen, []
        return taken

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(LOST_SECONDS)
        try:
            with connection, connection.makefile("rb") as stream:
                while not self._answer(connection, stream):
                    pass
                connection.shutdown(socket.SHUT_WR)
                # Whoever closes before it has read all makes the other side lose what is on its way.
                while connection.recv(65536):
                    pass
        except OSError:
            # The client went away, which is for its own side to judge.
            connection.close()

    def _answer(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """
        Read a request and answer it; whether that was the last of the connection.
        """
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return True
            head += line
        if not _REQUEST.match(head):
            # What LuaSocket sends after the end of a body, which is its own affair.
            return True
        found = _TARGET.match(head)
        path = found[1] if found else b""
        if path == MARK:
            self._seen.append([])
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            return True
        self._seen[-1].append(_in_order(head) + _body(head, stream))
        for index, piece in enumerate(_SPECIAL.split(unquote_to_bytes(path[1:]))):
            if index % 2 == 0:
                connection.sendall(piece)
            elif piece == b"base":
                connection.sendall(self.base.encode())
            elif piece == b"pause":
                _wait(connection)
            elif piece == b"open":
                return False
            else:
                connection.sendall(b"x" * int(piece))
        return True


def _in_order(head: bytes) -> bytes:
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    return b"\r\n".join([first, *sorted(lines), b"", b""])


def _body(head: bytes, stream: BinaryIO) -> bytes:
    if length := _LENGTH.search(head):
        return stream.read(int(length[1]))
    body = b""
    if _CHUNKED.search(head):
        while size := int(stream.readline() or b"0", 16):
            body += stream.read(size) + stream.readline().removesuffix(b"\r\n")
        body += b" end " + stream.readline()
    return body


def _wait(connection: socket.socket) -> None:
    connection.settimeout(PAUSE_SECONDS)
    with contextlib.suppress(TimeoutError):
        connection.recv(1, socket.MSG_PEEK)
    connection.settimeout(LOST_SECONDS)

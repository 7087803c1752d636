"""
An HTTP endpoint that answers one request after the other on each of its connections, and knows which came on
which.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from types import TracebackType

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")

END = b"end"
"""Behind an answer: the endpoint ends the connection."""


class KeepingEndpoint:
    """
    The endpoint; runs inside a ``with``. Each answer says which path was asked for, and ends with ``more``.

    Args:
        context: For TLS, None without it.

        head: The beginning of its answers.

        more: What follows an answer, or ``END``.

        silent_after: How many requests on a connection are answered; the next one ends it.

    Attributes:
        connections: The request lines, a list for each connection in the order of their coming.

        ended: Set whenever the endpoint has ended a connection.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        head: bytes = b"HTTP/1.1 200 OK\r\n",
        more: bytes = b"",
        silent_after: int = 1_000_000,
    ) -> None:
        self._context = context
        self._head = head
        self._more = more
        self._silent_after = silent_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.connections: list[list[str]] = []
        self.ended = threading.Event()

    def __enter__(self) -> KeepingEndpoint:
        self._threads.append(threading.Thread(target=self._accept, daemon=True))
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            lines: list[str] = []
            self.connections.append(lines)
            thread = threading.Thread(target=self._serve, args=(connection, lines), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, lines: list[str]) -> None:
        connection.settimeout(5)
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                self._converse(connection, lines)
        except OSError:
            # The client has gone, as it may.
            connection.close()
        self.ended.set()

    def _converse(self, connection: socket.socket, lines: list[str]) -> None:
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                piece = connection.recv(65536)
                if not piece:
                    return
                received += piece
            head, _, received = received.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            while length and len(received) < int(length[1]):
                received += connection.recv(65536)
            received = received[int(length[1]) if length else 0 :]
            line = head.partition(b"\r\n")[0]
            lines.append(line.decode())
            if len(lines) > self._silent_after:
                return
            path = line.split(b" ")[1]
            answer = self._head + b"Content-Length: %d\r\n\r\n%s" % (len(path), path)
            connection.sendall(answer + (b"" if self._more == END else self._more))
            if self._more == END:
                return

"""
An HTTP endpoint that answers its connections with given bytes, one after the other, and keeps what it got as
it came over the wire.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Sequence
from types import TracebackType

HANG = b"hang"
"""Instead of the rest of an answer: nothing, until the client goes away."""

RESET = b"reset"
"""Instead of the rest of an answer: a reset connection."""

EARLY = b"early"
"""Before an answer: do not wait for the body."""

TLS_HANDSHAKE = b"\x16"

Pieces = Sequence[bytes]


def answer(status: str, *headers: str, body: bytes = b"") -> list[bytes]:
    """
    A whole answer with Content-Length.
    """
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return ["\r\n".join(lines).encode("latin-1") + body]


OK = answer("200 OK", body=b"ok")


class ScriptedEndpoint:
    """
    The endpoint; runs inside a ``with``. A connection beyond its answers gets the last one.

    Attributes:
        answers: What is still to be answered.

        heads: The requests' heads, without the blank line.

        bodies: Their bodies.
    """

    def __init__(self, *answers: Pieces) -> None:
        self.answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.place}"
        self.heads: list[str] = []
        self.bodies: list[bytes] = []

    def __enter__(self) -> ScriptedEndpoint:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            pieces = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            with connection:
                connection.settimeout(5)
                self._converse(connection, pieces)

    def _converse(self, connection: socket.socket, pieces: Pieces) -> None:
        try:
            received = b""
            # A client that speaks TLS waits for an answer before it says what it wants.
            while b"\r\n\r\n" not in received and not received.startswith(TLS_HANDSHAKE):
                received += connection.recv(65536) or b"\r\n\r\n"
            head, _, body = received.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
            early = pieces[:1] == [EARLY]
            if b"100-continue" in head and not early:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            while not early and length and len(body) < int(length[1]):
                body += connection.recv(65536)
            self.heads.append(head.decode("latin-1"))
            if early:
                connection.sendall(b"".join(pieces[1:]))
                while more := connection.recv(65536):
                    body += more
                self.bodies.append(body)
                return
            self.bodies.append(body)
            for piece in pieces:
                if piece == HANG:
                    connection.recv(1)
                elif piece == RESET:
                    option = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
                else:
                    connection.sendall(piece)
        except OSError:
            # The client has gone, as it may.
            return

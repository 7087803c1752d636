"""
TLS on what ``ssl`` cannot put it on: a connection that has TLS already (a tunnel of a proxy to whom TLS is
spoken as well), and sockets that wait in their own way.

``ssl`` puts TLS on the system's sockets and on buffers; so here are the buffers, and what goes through them.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

READ_BYTES = 16384
"""The longest TLS record (RFC 8446, section 5.1)."""

T = TypeVar("T")


class TlsOnBuffers:
    """
    As much of a socket as a connection needs; the handshake is done when it is made.

    Args:
        outer: What it goes over.

        context: How far to trust, and who to be.

        name: Whom the other side has to prove to be.

        seconds: How long the handshake may take, None for ever.

    Raises:
        OSError: The handshake failed, in time (``TimeoutError`` if not).
    """

    def __init__(
        self, outer: socket.socket | TlsOnBuffers, context: ssl.SSLContext, name: str, seconds: float | None
    ) -> None:
        self._outer = outer
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._inner = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._end: float | None = None
        self.settimeout(seconds)
        self._through(self._inner.do_handshake)

    def settimeout(self, seconds: float | None) -> None:
        """
        How long the next step may take, None for ever.
        """
        self._end = None if seconds is None else time.monotonic() + seconds

    def recv(self, most_bytes: int) -> bytes:
        """
        What comes next; nothing at the end.
        """
        try:
            return self._through(lambda: self._inner.read(most_bytes))
        except ssl.SSLEOFError:
            # As ``ssl`` has it for sockets: HTTP's framing tells whether anything is missing.
            return b""

    def send(self, data: bytes | memoryview) -> int:
        """
        Send some of this; answers how much.
        """
        return self._through(lambda: self._inner.write(data))

    def sendall(self, data: bytes | memoryview) -> None:
        """
        Send all of this.
        """
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest) :]

    def fileno(self) -> int:
        """
        The descriptor that can be waited for.
        """
        return self._outer.fileno()

    def setsockopt(self, level: int, name: int, value: bytes) -> None:
        """
        See ``socket``.
        """
        self._outer.setsockopt(level, name, value)

    def close(self) -> None:
        """
        Let go of the connection.
        """
        self._outer.close()

    def _through(self, step: Callable[[], T]) -> T:
        """
        What a step gives, when everything has been carried to and fro that it asks for.
        """
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._fetch()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._outer.settimeout(self._left())
            self._outer.sendall(self._outgoing.read())

    def _fetch(self) -> None:
        self._outer.settimeout(self._left())
        received = self._outer.recv(READ_BYTES)
        if received:
            self._incoming.write(received)
        else:
            self._incoming.write_eof()

    def _left(self) -> float | None:
        if self._end is None:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

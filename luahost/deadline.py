"""
The end of an exchange: when its time is over, the connection is cut under whoever reads from it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, overload

from luahost.errors import EndpointError
from luahost.exchange import OVERALL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any


PIECE_BYTES = 1024 * 1024
DISCARDED_PIECES = 64
"""How much is thrown away at most: more than systems keep for a connection."""


class Deadline:
    """
    The end of the time that a whole exchange has: when it comes, the connection is cut. Used in a ``with``.

    Timeouts of sockets count each read anew, so an endpoint could go on for ever.

    Args:
        seconds: How far away it is; None for never.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._passed = False
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        # Descriptors of our own: a socket gives its own away when it becomes part of a TLS connection.
        self._cuttable: list[socket.socket] = []
        self._newest: socket.socket | None = None

    def __enter__(self) -> Deadline:
        if self._seconds is not None:
            self._timer = threading.Timer(max(self._seconds, 0), self._cut)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            while self._cuttable:
                self._cuttable.pop().close()

    def watching(self, watch: Callable[[str, Mapping[str, Any]], None]) -> Callable[..., None]:
        """
        A trace callback that notes connections and then calls ``watch``.
        """

        def trace(event: str, info: Mapping[str, Any]) -> None:
            if event.endswith(("connect_tcp.complete", "start_tls.complete")):
                self._newest = info["return_value"].get_extra_info("socket")
                if self._timer is not None and event.endswith("connect_tcp.complete"):
                    self._note(info["return_value"].get_extra_info("socket"))
            watch(event, info)

        return trace

    @property
    def passed(self) -> bool:
        """
        Whether it has come.
        """
        return self._passed

    @property
    def connection(self) -> socket.socket | None:
        """
        The newest connection.
        """
        return self._newest

    @overload
    def judged(self, error: EndpointError) -> EndpointError: ...
    @overload
    def judged(self, error: EndpointError | None) -> EndpointError | None: ...
    def judged(self, error: EndpointError | None) -> EndpointError | None:
        """
        The error (None if all seems well), or what really brought it about: an answer that ends with its
        connection seems whole when that is cut.
        """
        return EndpointError("timeout", OVERALL) if self._passed else error

    def _note(self, connection: socket.socket) -> None:
        with self._lock:
            self._cuttable.append(connection.dup())
        if self._passed:
            self._cut()

    def _cut(self) -> None:
        self._passed = True
        with self._lock:
            for connection in self._cuttable:
                # The other side may have gone already.
                with contextlib.suppress(OSError):
                    # Closed with a reset, so that the other side learns of it though we read no more.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.shutdown(socket.SHUT_RDWR)
                    # What has come already would still be read, and megabytes of tiny chunks take a while.
                    for _ in range(DISCARDED_PIECES):
                        connection.recv(PIECE_BYTES, socket.MSG_DONTWAIT)

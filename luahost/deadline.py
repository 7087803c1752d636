"""
The end of an exchange: when its time is over, the connection is cut under whoever reads from it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from luahost.errors import EndpointError
from luahost.exchange import OVERALL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Deadline:
    """
    The end of the time that a whole exchange has: when it comes, the connection is cut.

    Timeouts of sockets count each read anew, so an endpoint could go on for ever.
    """

    def __init__(self, seconds: float | None) -> None:
        self._passed = False
        self._connections: list[socket.socket] = []
        self._timer = None if seconds is None else threading.Timer(max(seconds, 0), self._cut)
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()

    def watching(self, watch: Callable[[str, Mapping[str, Any]], None]) -> Callable[..., None]:
        """
        A trace callback that notes connections and then calls ``watch``.
        """

        def trace(event: str, info: Mapping[str, Any]) -> None:
            if event.endswith(("connect_tcp.complete", "start_tls.complete")):
                self._connections.append(info["return_value"].get_extra_info("socket"))
                if self._passed:
                    self._cut()
            watch(event, info)

        return trace

    @property
    def connection(self) -> socket.socket | None:
        """
        The newest connection.
        """
        return self._connections[-1] if self._connections else None

    def stop(self) -> None:
        """
        The exchange is over.
        """
        if self._timer is not None:
            self._timer.cancel()

    def judged(self, error: EndpointError) -> EndpointError:
        """
        The error, or what really brought it about.
        """
        return EndpointError("timeout", OVERALL) if self._passed else error

    def _cut(self) -> None:
        self._passed = True
        for connection in self._connections:
            # It may be closed already, or have become part of a TLS connection.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

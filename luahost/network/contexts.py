"""
TLS contexts, made once for each setting: reading the system's certificates takes longer than a request.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from luahost.tls import tls_context

if TYPE_CHECKING:
    from ssl import SSLContext

    from luahost.tls import Tls

Stamp = tuple[tuple[int, int, int] | None, ...]


class TlsContexts:
    """
    The contexts that have been made.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[Tls, tuple[Stamp, SSLContext]] = {}

    def of(self, tls: Tls) -> SSLContext:
        """
        The context of a setting: the same one until a file that the setting names is another.

        Raises:
            EndpointError: There is none; see :func:`luahost.tls.tls_context`.
        """
        stamp = _stamp(tls)
        # Not made twice by those who come at the same time.
        with self._lock:
            found = self._made.get(tls)
            if found is None or found[0] != stamp:
                context = tls_context(tls)
                context.set_alpn_protocols(["http/1.1"])
                found = self._made[tls] = stamp, context
        return found[1]


def _stamp(tls: Tls) -> Stamp:
    """
    What tells whether a certificate has been renewed.
    """
    return tuple(_stamp_of(file) for file in tls.files)


def _stamp_of(file: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        # Making the context says what is wrong with it.
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns

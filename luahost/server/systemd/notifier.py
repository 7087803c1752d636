"""
Telling systemd how the server is doing: sd_notify(3), by a datagram to the socket in ``NOTIFY_SOCKET``.

Whoever supervises by the same protocol (s6 with an adapter, Podman with ``--sdnotify=container``) hears
it too.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping

MOST_SECONDS = 1.0
"""How long to wait for a service manager that does not listen."""

log = logging.getLogger("luahost.server")


class Notifier:
    """
    Tells the service manager; without an address nobody.

    Args:
        address: The path of a unix datagram socket; with ``@`` in front, a name in Linux's abstract space.

        watchdog_seconds: How long the service manager waits for :meth:`alive` until it ends the server; None
            if it does not.
    """

    def __init__(self, address: str | None = None, *, watchdog_seconds: float | None = None) -> None:
        self._address = address
        self.watchdog_seconds = watchdog_seconds if address else None

    @staticmethod
    def of(environ: Mapping[str, str]) -> Notifier:
        """
        What the environment says: ``NOTIFY_SOCKET``, and ``WATCHDOG_USEC`` if ``WATCHDOG_PID`` is this
        process or not set (sd_watchdog_enabled(3)).
        """
        written = environ.get("WATCHDOG_USEC", "")
        microseconds = int(written) if written.isascii() and written.isdigit() else 0
        meant = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return Notifier(
            environ.get("NOTIFY_SOCKET") or None,
            watchdog_seconds=microseconds / 1_000_000 if microseconds and meant else None,
        )

    def ready(self, status: str) -> None:
        """
        It takes transactions; or it has reloaded, with or without success.
        """
        self._tell("READY=1", _status(status))

    def reloading(self) -> None:
        """
        It loads its configuration again; :meth:`ready` follows.
        """
        # CLOCK_MONOTONIC, by which systemd knows that this is the answer to its own signal.
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now}", _status("loads its configuration again"))

    def stopping(self, status: str) -> None:
        """
        It ends.
        """
        self._tell("STOPPING=1", _status(status))

    def alive(self) -> None:
        """
        It does what it should; to be told more often than every ``watchdog_seconds``.
        """
        self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        name = self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.settimeout(MOST_SECONDS)
                out.connect("\0" + name[1:] if name.startswith("@") else name)
                out.sendall("\n".join(lines).encode("utf-8", "replace"))
        except OSError as error:
            # Nothing of the server's work needs it.
            log.warning("NOTIFY_SOCKET %s cannot be told %s: %s", name, lines[0], error.strerror or error)


def _status(words: str) -> str:
    return "STATUS=" + " ".join(words.split())

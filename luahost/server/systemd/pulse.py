"""
The watchdog's pulse: as long as the server is well, systemd is told so; when it is not, it is started again.

What makes a server well here is that its own threads live and answer. A spool that waits for an endpoint is
no reason to start anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from luahost.server.systemd.notifier import Notifier


class Pulse:
    """
    Tells the service manager twice in the time that it waits.

    Args:
        notifier: Who tells it; without ``watchdog_seconds`` there is no pulse.

        well: Whether the server does what it should. While it does not return nothing is told.
    """

    def __init__(self, notifier: Notifier, well: Callable[[], bool]) -> None:
        self._notifier = notifier
        self._well = well
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="luahost-pulse", daemon=True)

    def start(self) -> None:
        """
        Begin.
        """
        if self._notifier.watchdog_seconds is not None:
            self._thread.start()

    def stop(self) -> None:
        """
        Tell nothing any more.
        """
        self._over.set()

    def _beat(self) -> None:
        seconds = self._notifier.watchdog_seconds
        while seconds is not None and not self._over.wait(seconds / 2):
            if self._well():
                self._notifier.alive()

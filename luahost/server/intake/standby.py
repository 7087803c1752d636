"""
Who stands in for the event loop while that does not get on.

The loop writes to the disk itself, as to wake another thread for it takes longer than the disk. A disk that
does not answer, and be it for minutes, so holds up all connections of the loop; it is this thread that meets
new ones then: whoever asks how the server is doing hears of it, and who brings transactions may come again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable

from luahost.server.intake.connection import Connection
from luahost.server.intake.door import Door, Patience
from luahost.server.intake.request import Application

log = logging.getLogger("luahost.server")


class Standby:
    """
    Watches over an event loop, in a thread of its own.

    Args:
        application: What answers meanwhile.

        listening: Where clients connect to, which the loop listens on as well.

        tls: TLS, None for none.

        patience: How long the loop may take for a step, and clients for their requests.

        seen: When the loop last got on, by the monotonic clock.

        new_event_loop: Makes the loop that stands in.
    """

    def __init__(
        self,
        application: Application,
        listening: socket.socket,
        *,
        tls: ssl.SSLContext | None,
        patience: Patience,
        seen: Callable[[], float],
        new_event_loop: Callable[[], asyncio.AbstractEventLoop],
    ) -> None:
        self._application = application
        self._socket = listening
        self._tls = tls
        self._patience = patience
        self._seen = seen
        self._new_event_loop = new_event_loop
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="luahost-standby", daemon=True)

    def start(self) -> None:
        """
        Watch from now on.
        """
        self._thread.start()

    def stop(self) -> None:
        """
        Meet nobody any more. Does not wait for the thread.
        """
        self._ending.set()

    def _watch(self) -> None:
        while not self._ending.wait(self._patience.look):
            if self._is_stuck():
                log.error(
                    "no transaction is taken: nothing has got on for %.1f seconds", self._patience.stuck
                )
                with asyncio.Runner(loop_factory=self._new_event_loop) as runner:
                    runner.run(self._stand_in())
                log.warning("transactions are taken again")

    def _is_stuck(self) -> bool:
        return time.monotonic() - self._seen() > self._patience.stuck

    async def _stand_in(self) -> None:
        loop, door = asyncio.get_running_loop(), Door(self._application, self._patience)
        looking = loop.create_task(door.look())
        # It may be the last one's who has it.
        listening = self._socket.dup()
        listening.setblocking(False)
        try:
            while self._is_stuck() and not self._ending.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    client, _ = await asyncio.wait_for(loop.sock_accept(listening), self._patience.look)
                    await loop.connect_accepted_socket(lambda: Connection(door), client, ssl=self._tls)
        finally:
            listening.close()
        door.close()
        while door.connections:
            await asyncio.sleep(self._patience.look)
        looking.cancel()

"""
Listening: the sockets, and an event loop for their connections in a thread of its own. The only import of
uvloop, which is faster than Python's own loop and is used where it is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
import stat
import sys
import threading
from collections.abc import Callable
from typing import Any

from luahost.config.serve_section import Listen, ServerTls
from luahost.errors import UsageError, fault_words
from luahost.server.intake.certificates import Renewed, context_of
from luahost.server.intake.connection import Connection
from luahost.server.intake.door import PATIENCE, Door, Patience
from luahost.server.intake.request import Application
from luahost.server.intake.standby import Standby

BACKLOG = 2048

CLOSED_SECONDS = 0.02
"""How often a server that ends looks whether the last connection is closed."""

SOCKET_MODE = 0o660
"""Of a unix socket: who may write to it may bring transactions."""

log = logging.getLogger("luahost.server")


def bound(listen: Listen) -> socket.socket:
    """
    A socket at this place. What a server that has died left of a unix socket is removed.

    Raises:
        UsageError: It cannot be had: somebody else has it, or it is not for us.
    """
    try:
        if listen.path is not None:
            return _unix(listen.path)
        family = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((listen.host, listen.port), family=family, backlog=BACKLOG)
    except OSError as error:
        # The socket module's own words repeat the place; a resolver has numbers of its own.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        raise UsageError(f"cannot listen on {listen}: {reason}") from None


def place_of(listening: socket.socket, listen: Listen) -> Listen:
    """
    Where a socket is bound, with the port that the system chose if that was left to it.
    """
    if listen.path is not None:
        return listen
    return Listen(host=listen.host, port=listening.getsockname()[1])


def _unix(path: str) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_dead(path)
        # Nobody else is to connect before its mode is set, so it is made under a stricter one.
        before = os.umask(0o777 & ~SOCKET_MODE)
        try:
            listening.bind(path)
        finally:
            os.umask(before)
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening


def _remove_dead(path: str) -> None:
    """
    Remove a socket that nobody listens on.
    """
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trying:
        try:
            trying.connect(path)
        except ConnectionRefusedError:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


class Listener:
    """
    The HTTP server, in a thread of its own.

    Args:
        application: What answers requests.

        listening: A socket of :func:`bound`.

        tls: TLS, None for none.

        stand_in: What answers those who connect while the application does not get on; None: they wait.

        stopped: Called when the server has ended, whatever the reason.

        handed_over: Whether the socket is somebody else's, who goes on listening.

        patience: How long clients are waited for.

    Raises:
        UsageError: The certificates cannot be used.
    """

    def __init__(
        self,
        application: Application,
        listening: socket.socket,
        *,
        tls: ServerTls | None = None,
        stand_in: Application | None = None,
        stopped: Callable[[], None] = lambda: None,
        handed_over: bool = False,
        patience: Patience = PATIENCE,
    ) -> None:
        self._application = application
        self._patience = patience
        self._socket = listening
        self._stand_in = stand_in
        self._handed_over = handed_over
        self._stopped = stopped
        self._tls = None if tls is None else context_of(tls)
        self._renewed = None if self._tls is None else Renewed(self._tls)
        self._ending = threading.Event()
        self._wake: Callable[[], object] | None = None
        self._thread = threading.Thread(target=self._serve, name="luahost-http", daemon=True)

    def start(self) -> None:
        """
        Answer requests from now on.
        """
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """
        Take no more connections, and wait until those are answered that are at it, at most so long.
        """
        if self._socket.family == socket.AF_UNIX and not self._handed_over:
            # While it is still ours: the next server may make its own at any time.
            with contextlib.suppress(OSError):
                os.unlink(self._socket.getsockname())
        self._ending.set()
        if self._wake is not None:
            # The loop may have ended by itself.
            with contextlib.suppress(RuntimeError):
                self._wake()
        self._thread.join(seconds)

    def renew(self, certificate: ssl.SSLContext | None) -> None:
        """
        Meet clients with this certificate from now on, if there is TLS.
        """
        if self._renewed is not None and certificate is not None:
            self._renewed.adopt(certificate)

    @property
    def alive(self) -> bool:
        """
        Whether it answers.
        """
        return self._thread.is_alive()

    def _serve(self) -> None:
        try:
            with asyncio.Runner(loop_factory=_new_event_loop) as runner:
                runner.run(self._answer())
        finally:
            self._stopped()

    async def _answer(self) -> None:
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(_tell)
        self._wake = lambda: loop.call_soon_threadsafe(woken.set)
        door = Door(self._application, self._patience)
        standby = None
        if self._stand_in is not None:
            standby = Standby(
                self._stand_in,
                self._socket,
                tls=self._tls,
                patience=self._patience,
                seen=lambda: door.seen,
                new_event_loop=_new_event_loop,
            )
            standby.start()
        if self._socket.family == socket.AF_UNIX:
            # From Python 3.13 on it would remove the socket's file in the end, and that may be systemd's.
            keeping: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
            server = await loop.create_unix_server(
                lambda: Connection(door), sock=self._socket, ssl=self._tls, backlog=BACKLOG, **keeping
            )
        else:
            server = await loop.create_server(
                lambda: Connection(door), sock=self._socket, ssl=self._tls, backlog=BACKLOG
            )
        looking = loop.create_task(door.look())
        if not self._ending.is_set():
            await woken.wait()
        if standby is not None:
            standby.stop()
        server.close()
        door.close()
        while door.connections:
            await asyncio.sleep(CLOSED_SECONDS)
        looking.cancel()


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ModuleNotFoundError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """
    Log what went wrong in the event loop itself: a connection that could not be taken, a fault of ours.
    """
    fault = context.get("exception")
    words = context.get("message", "an error in the event loop")
    log.error("%s: %s", words, fault if isinstance(fault, OSError) else fault and fault_words(fault))

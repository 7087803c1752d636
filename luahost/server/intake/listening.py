"""
Listening: the sockets, and uvicorn on them in a thread of its own. The only import of uvicorn.

uvicorn was chosen of several: it is pure Python with two small dependencies, one of which luahost has anyway,
faster with httptools and uvloop if those are there, and does unix sockets, TLS and client certificates.
Signals are left to whoever started the server.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from luahost.config.serve_section import Listen, ServerTls
from luahost.errors import UsageError
from luahost.server.intake.certificates import Renewed, unusable

if TYPE_CHECKING:
    import uvicorn

    from luahost.server.intake.application import Intake

BACKLOG = 2048

KEEP_ALIVE_SECONDS = 30
"""How long a connection without requests is kept."""

SOCKET_MODE = 0o660
"""Of a unix socket: who may write to it may bring transactions."""


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

        stopped: Called when the server has ended, whatever the reason.

        handed_over: Whether the socket is somebody else's, who goes on listening.

    Raises:
        UsageError: uvicorn is not installed, or the certificates cannot be used.
    """

    def __init__(
        self,
        application: Intake,
        listening: socket.socket,
        *,
        tls: ServerTls | None = None,
        stopped: Callable[[], None] = lambda: None,
        handed_over: bool = False,
    ) -> None:
        self._socket = listening
        self._handed_over = handed_over
        self._stopped = stopped
        self._server = _server(application, tls)
        context = self._server.config.ssl
        self._renewed = None if context is None else Renewed(context)
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
        self._server.should_exit = True
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
            self._server.run(sockets=[self._socket])
        finally:
            self._stopped()


def _server(application: Intake, tls: ServerTls | None) -> uvicorn.Server:
    try:
        import uvicorn
    except ModuleNotFoundError:
        raise UsageError("luahost serve needs uvicorn: pip install 'luahost[serve]'") from None
    config = uvicorn.Config(
        application,
        interface="asgi3",
        lifespan="off",
        ws="none",
        loop="auto",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=tls.client_ca if tls else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if tls and tls.client_ca else ssl.CERT_NONE,
    )
    try:
        config.load()
    except OSError as error:
        raise UsageError(unusable(tls, error) if tls else f"TLS cannot be used: {error}") from None
    return uvicorn.Server(config)

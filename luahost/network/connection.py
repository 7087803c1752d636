"""
A connection to an endpoint or a proxy, with or without TLS, on which every wait has an end.

What goes wrong is sorted into the kinds of :class:`~luahost.errors.EndpointError` here, where it is known
what was being done: a reset while connecting is not one while reading.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
from typing import TYPE_CHECKING, Any

import h11

from luahost import patterns
from luahost.errors import EndpointError
from luahost.exchange import CONNECTING, OVERALL, TALKING
from luahost.lookup import is_address
from luahost.network.sockets import SYSTEM_SOCKETS, Sockets
from luahost.network.tls_on_buffers import TlsOnBuffers
from luahost.tls import os_reason

if TYPE_CHECKING:
    from luahost.network.deadline import Deadline

READ_BYTES = 65536

HEAD_BYTES = 100 * 1024
"""The longest head, chunk line or trailer that is taken."""

ENDS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
"""How the other side ends a connection."""

_PART = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DOTTED = patterns.compile(rf"{_PART}(?:\.{_PART}){{3}}")

LINGER = struct.pack("ii", 1, 0)
"""``SO_LINGER`` of a socket that is closed with a reset."""


class Connection:
    """
    One connection.

    Args:
        connected: The socket.

    Attributes:
        is_tls: Whether TLS is spoken on it.

        kept: Whether it has carried a request before.
    """

    __slots__ = ("_http", "_socket", "is_tls", "kept")

    def __init__(self, connected: socket.socket) -> None:
        self._socket: socket.socket | TlsOnBuffers = connected
        self.is_tls = False
        self.kept = False
        self._http: h11.Connection | None = None

    @property
    def http(self) -> h11.Connection:
        """
        What has been said on it that is not plain, to h11.
        """
        if self._http is None:
            self._http = new_conversation()
        return self._http

    @property
    def stale(self) -> bool:
        """
        Whether it cannot be used again: the other side has ended it, or says something unasked.
        """
        poll = select.poll()
        poll.register(self._socket.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def start_tls(
        self, context: ssl.SSLContext, name: str, patience: float | None, deadline: Deadline
    ) -> None:
        """
        Speak TLS from here on.

        Args:
            context: How far to trust, and who to be.

            name: Whom the other side has to prove to be.

            patience: How long it may take, None for ever.

            deadline: When it must be over.

        Raises:
            EndpointError: It came to nothing; the connection is closed.
        """
        try:
            seconds = deadline.seconds(patience)
            if type(self._socket) is socket.socket:
                self._socket.settimeout(seconds)
                self._socket = context.wrap_socket(self._socket, server_hostname=name)
            else:
                # What ``ssl`` wraps waits as the system's sockets do, and cannot be wrapped again.
                self._socket = TlsOnBuffers(self._socket, context, name, seconds)
        except BaseException as error:
            self.close()
            raise _of_handshake(error) from error
        self.is_tls = True
        # What was said to a proxy is not said to the endpoint behind it.
        self._http = None

    def write(self, data: bytes, patience: float | None, deadline: Deadline) -> int:
        """
        Send this; answers how much of it the other side's system may have got, all of it unless the
        connection ended meanwhile.

        Raises:
            EndpointError: It did not go out in time.
        """
        sent = 0
        connected = self._socket
        while sent < len(data):
            connected.settimeout(deadline.seconds(patience))
            try:
                sent += connected.send(memoryview(data)[sent:] if sent else data)
            except TimeoutError as error:
                raise EndpointError("timeout", TALKING) from error
            except OSError:
                break
        return sent

    def read(self, patience: float | None, deadline: Deadline) -> bytes:
        """
        What comes next; nothing if the other side has ended the connection.

        Raises:
            EndpointError: Nothing comes in time, or the connection breaks.
        """
        self._socket.settimeout(deadline.seconds(patience))
        try:
            return self._socket.recv(READ_BYTES)
        except TimeoutError as error:
            raise EndpointError("timeout", TALKING) from error
        except OSError as error:
            if self.is_tls and isinstance(error, ConnectionResetError):
                # Within TLS a reset is an end like any other. Python says so up to 3.12 only.
                return b""
            kind = "tls" if isinstance(error, ssl.SSLError) else "closed"
            raise EndpointError(kind, os_reason(error)) from error

    def peek(self, most_bytes: int, patience: float, deadline: Deadline) -> bytes | None:
        """
        What :meth:`read` will give first; None if nothing comes in time. Not with TLS.

        Raises:
            EndpointError: The connection breaks.
        """
        assert isinstance(self._socket, socket.socket)
        self._socket.settimeout(deadline.seconds(patience))
        try:
            return self._socket.recv(most_bytes, socket.MSG_PEEK)
        except TimeoutError:
            return None
        except OSError as error:
            raise EndpointError("closed", os_reason(error)) from error

    def close(self, *, reset: bool = False) -> None:
        """
        Let go of it.

        Args:
            reset: Whether to tell the other side at once that nothing more is read, though it may be saying
                something.
        """
        if reset:
            # The other side may have gone already.
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
        self._socket.close()


def connect(
    host: str,
    port: int,
    patience: float | None,
    deadline: Deadline,
    sockets: Sockets = SYSTEM_SOCKETS,
) -> Connection:
    """
    A connection to the first of a host's addresses that takes one.

    Args:
        host: Name or address.

        port: Port.

        patience: How long each address may take, None for as long as the system tries.

        deadline: When all of it must be over; a lookup by the system cannot be interrupted.

        sockets: What its waits are made of.

    Raises:
        EndpointError: There is none, for the reason that the last address had.
    """
    found: list[tuple[Any, ...]] = []
    try:
        found = _looked_up(host, port, deadline, sockets)
    except socket.gaierror as error:
        raise EndpointError("host_not_found", error.strerror or str(error)) from error
    except ValueError as error:
        # Names that the DNS cannot hold, to Python.
        raise EndpointError("host_not_found", str(error)) from error
    failure = EndpointError("host_not_found", "No address associated with hostname")
    for family, kind, protocol, _, address in found:
        seconds = deadline.seconds(patience)
        connected = sockets.new(family, kind, protocol)
        try:
            connected.settimeout(seconds)
            connected.connect(address)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connected.close()
            failure = _of_connecting(error)
            failure.__cause__ = error
        else:
            return Connection(connected)
    raise failure


def _looked_up(host: str, port: int, deadline: Deadline, sockets: Sockets) -> list[tuple[Any, ...]]:
    if _DOTTED.fullmatch(host) is not None:
        # An address in its usual form need not be looked up.
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))]
    if sockets is SYSTEM_SOCKETS or is_address(host):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    def ask() -> list[tuple[Any, ...]]:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    try:
        return sockets.in_time(ask, deadline.seconds(None))
    except TimeoutError as error:
        raise EndpointError("timeout", OVERALL) from error


def new_conversation() -> h11.Connection:
    """
    A connection on which nothing has been said, to h11.
    """
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)


def _of_connecting(error: OSError) -> EndpointError:
    if isinstance(error, TimeoutError):
        return EndpointError("timeout", CONNECTING)
    return EndpointError("closed" if isinstance(error, ENDS) else "refused", os_reason(error))


def _of_handshake(error: BaseException) -> BaseException:
    if isinstance(error, TimeoutError):
        return EndpointError("timeout", TALKING)
    if isinstance(error, ssl.SSLError):
        return EndpointError("tls", os_reason(error))
    if isinstance(error, OSError):
        return EndpointError("closed" if isinstance(error, ENDS) else "refused", os_reason(error))
    if isinstance(error, ValueError):
        # A name that no certificate can be for.
        return EndpointError("tls", str(error))
    return error

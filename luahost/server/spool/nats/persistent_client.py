"""
nats-py's client as a server needs it: it never gives up, and says nothing before the TLS that was asked for.

By itself the client ends for good when a server refuses it, such as for a credential that has just run out,
takes a plain connection from a server that asks for no TLS, and waits for the farewell of a server that does
not answer any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable
from typing import Any

from nats import errors
from nats.aio.client import DEFAULT_BUFFER_SIZE, Client, Srv
from nats.aio.transport import TcpTransport

from luahost.errors import LuahostError
from luahost.server.spool.nats.credentials import Signer

PERMISSIONS = "permissions violation"

NO_TLS = "it speaks no TLS"


class OwnError(errors.Error):
    """
    What keeps us, and no server, from a connection. The client tries again after it, as after its own errors.
    """


class _TlsProtocol(asyncio.StreamReaderProtocol):
    """
    One that knows that it is below TLS: there is no half of a connection that could stay open.
    """

    def eof_received(self) -> bool:
        """
        The other side has ended.
        """
        super().eof_received()
        return False


class AbruptTransport(TcpTransport):
    """
    A connection that is closed at once, whatever was not sent and whether the other side is still there.
    """

    async def connect_tls(
        self, uri: Any, ssl_context: ssl.SSLContext, buffer_size: int, connect_timeout: int
    ) -> None:
        """
        Begin TLS. A failure leaves nothing behind that would have to be waited for.
        """
        assert self._io_writer is not None
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = _TlsProtocol(reader)
        hostname = uri if isinstance(uri, str) else uri.hostname
        try:
            starting = loop.start_tls(
                self._io_writer.transport, protocol, ssl_context, server_hostname=hostname
            )
            transport = await asyncio.wait_for(starting, connect_timeout)
            assert transport is not None
            self._io_writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            self._io_reader = reader
        except BaseException:
            self.close()
            # asyncio does not tell this one that it was closed, as TLS had taken its place.
            self._io_writer = self._io_reader = None
            raise

    def close(self) -> None:
        """
        End it.
        """
        if self._io_writer is not None:
            self._io_writer.transport.abort()


class PersistentClient(Client):
    """
    A client that connects again whatever happens, until it is closed.

    Args:
        wants_tls: Whether a server without TLS is refused.

        context: Makes what TLS needs, at each connection.

        signer: Reads the key that the server's nonce is signed with, at each connection; None: there is
            another way to log in, or none.
    """

    def __init__(
        self, *, wants_tls: bool, context: Callable[[], ssl.SSLContext], signer: Callable[[], Signer] | None
    ) -> None:
        super().__init__()
        self._wants_tls = wants_tls
        self._context = context
        self._signer = signer

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """
        Files that were renewed since the last connection count.
        """
        try:
            return self._context()
        except LuahostError as error:
            raise OwnError(str(error)) from None

    async def _connect_to_server(self, s: Srv) -> None:
        s.last_attempt = time.monotonic()
        if self._transport is not None:
            self._transport.close()  # type: ignore[no-untyped-call]
        self._transport = transport = AbruptTransport()  # type: ignore[no-untyped-call]
        await transport.connect(
            s.uri, buffer_size=DEFAULT_BUFFER_SIZE, connect_timeout=self.options["connect_timeout"]
        )

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if initial_connection and self._wants_tls and not self.options["tls_handshake_first"]:
            if not (info.get("tls_required") or info.get("tls_available")):
                raise OwnError(NO_TLS)
            # A server that leaves the choice to its clients is told ours.
            info["tls_required"] = True
        await super()._process_info(info, initial_connection)

    async def _attempt_reconnect(self) -> None:
        # A task that is cancelled as the next one begins says so in the next one's future; if that has
        # happened to both, the second finds it said, when it is over anyway.
        with contextlib.suppress(asyncio.InvalidStateError):
            await super()._attempt_reconnect()

    def _connect_command(self) -> bytes:
        try:
            if self._signer is not None:
                signer = self._signer()
                self._public_nkey = signer.public_key()
                self._signature_cb = signer.sign
                jwt = signer.jwt
                self._user_jwt_cb = None if jwt is None else lambda: bytearray(jwt.encode())
            return super()._connect_command()
        except LuahostError as error:
            # Anything else than errors of its own would end the client's attempts.
            raise OwnError(str(error)) from None

    async def _process_err(self, err_msg: str) -> None:
        if PERMISSIONS in err_msg.lower():
            # Something was not allowed; the connection stands.
            await self._error_cb(errors.Error(f"nats: {err_msg.strip(chr(39))}"))
        else:
            await self._process_op_err(errors.Error(f"nats: {err_msg.strip(chr(39))}"))

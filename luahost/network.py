"""
What carries an exchange: the seam below :class:`luahost.egress.Egress`, and the real network.

A :class:`Network` takes a request as it stands to one address and brings the answer, or says with an
:class:`~luahost.errors.EndpointError` why there is none. Policy, effects and overall limits are egress's, so
they hold for every network alike; :class:`luahost.testing.Endpoint` is one that has no wires.

httpx is imported here and in ``expectation.py`` only, and late, as are ``ssl`` and ``socket``: a script that
sends nothing does not wait for them.
"""

from __future__ import annotations

import importlib
import re
import time
from typing import TYPE_CHECKING, Protocol

from luahost.errors import EndpointError
from luahost.exchange import (
    CONNECTING,
    NO_STATUS_LINE,
    SIMPLE_VERSION,
    Answer,
    Place,
    Request,
    check_sendable,
    from_wire,
    to_wire,
    wire_target,
)
from luahost.lookup import Resolver, addresses, system_resolver
from luahost.tls import os_reason, tls_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from luahost.clock import Clock
    from luahost.deadline import Deadline
    from luahost.tls import Tls


class Network(Protocol):
    """
    What carries requests; a host has one (``Host(network=…)``).

    Attributes:
        takes_time: Whether exchanges take real time, whatever the host's clock shows.
    """

    takes_time: bool

    def prepare(self) -> None:
        """
        Requests are about to be sent; what has to be done once before is no time of the endpoint's.
        """

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        The addresses of the host that a request goes to, at least one, the best first.

        Args:
            request: The request.

            place: Whom it goes to: its endpoint, or its proxy.

            seconds: How long that may take; None for as long as it takes.

            clock: The host's clock.

        Raises:
            EndpointError: It has none (``host_not_found``), or does not say so in time.
        """

    def send(
        self,
        request: Request,
        *,
        address: str | None,
        seconds: float | None,
        most_bytes: int,
        clock: Clock,
    ) -> Answer:
        """
        Send a request and read its answer: one try.

        Args:
            request: What to send.

            address: The address to connect to, one of :meth:`addresses`; None if the network is to look the
                host up itself.

            seconds: How long it may take, a number above 0; None for as long as it takes.

            most_bytes: The longest body of an answer to take.

            clock: The host's clock.

        Raises:
            EndpointError: There is no answer. One that breaks off in its body is an answer.
        """

    def close(self) -> None:
        """
        Let go of connections. The network can be used again.
        """


class RealNetwork:
    """
    The machine's network, by httpx.

    Args:
        resolver: Who says which addresses a name has.
    """

    takes_time = True

    def __init__(self, resolver: Resolver = system_resolver) -> None:
        self._resolver = resolver
        self._transports: dict[tuple[Tls | None, str | None], httpx.HTTPTransport] = {}

    def prepare(self) -> None:
        """
        Import httpx; the first time takes a while.
        """
        for module in ("httpx", "httpcore"):
            importlib.import_module(module)

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        What the resolver says.
        """
        return addresses(self._resolver, place.host, place.port, seconds)

    def close(self) -> None:
        """
        Let go of connections.
        """
        while self._transports:
            _, transport = self._transports.popitem()
            transport.close()

    def send(
        self,
        request: Request,
        *,
        address: str | None,
        seconds: float | None,
        most_bytes: int,
        clock: Clock,
    ) -> Answer:
        """
        One try; a connection is cut when its time is over.
        """
        import httpx

        from luahost.deadline import Deadline
        from luahost.expectation import AwaitedBody, expects
        from luahost.simple_response import SimpleResponse, watcher

        try:
            prepared = _prepare(request, address, seconds)
        except httpx.InvalidURL as error:
            raise endpoint_error(error) from error
        watch = watcher(request.timeout_seconds, most_bytes)
        with Deadline(seconds) as deadline:
            try:
                prepared.extensions["trace"] = deadline.watching(watch)
                if expects(request):
                    prepared.stream = AwaitedBody(request.body, lambda: deadline.connection)
                response = self._transport(request, address).handle_request(prepared)
            except SimpleResponse as simple:
                if not request.simple:
                    none = EndpointError("protocol", NO_STATUS_LINE + from_wire(simple.body))
                    raise deadline.judged(none) from None
                return Answer(
                    version=SIMPLE_VERSION,
                    status=200,
                    body=simple.body,
                    broken=deadline.judged(simple.broken),
                )
            except EndpointError as error:
                raise deadline.judged(error) from error
            except httpx.HTTPError as error:
                raise deadline.judged(_as_in_tls(endpoint_error(error), error, request)) from error
            except UnicodeError as error:
                # Python's own resolver refuses names that the DNS cannot hold, with this.
                raise EndpointError("host_not_found", str(error)) from error
            try:
                body, broken = _body(response, request, deadline, most_bytes)
            finally:
                response.close()
            broken = deadline.judged(broken)
        return Answer(
            version=from_wire(response.extensions["http_version"]),
            status=response.status_code,
            reason=from_wire(response.extensions["reason_phrase"]),
            headers=tuple((from_wire(name), from_wire(value)) for name, value in response.headers.raw),
            body=body,
            broken=broken,
        )

    def _transport(self, request: Request, address: str | None) -> httpx.HTTPTransport:
        """
        The transport for one way of meeting endpoints, made once. Connections are not kept: the
        requests of LuaSocket say ``Connection: close``.
        """
        import ssl

        import httpx

        place = request.url if request.tunnel else request.proxy or request.url
        tls = request.tls if place.startswith("https:") else None
        proxy = _at_address(request.proxy, address) if request.proxy and request.tunnel else None
        if (tls, proxy) not in self._transports:
            self._transports[tls, proxy] = httpx.HTTPTransport(
                # Plain HTTP has no use for the certificates whose loading is the slow part.
                verify=tls_context(tls) if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0),
                proxy=proxy,
            )
        return self._transports[tls, proxy]


def _body(
    response: httpx.Response, request: Request, deadline: Deadline, most: int
) -> tuple[bytes, EndpointError | None]:
    """
    The body as far as it comes, and why not further.
    """
    import httpx

    timeout_seconds, block_bytes = request.timeout_seconds, request.block_bytes or 1
    body = bytearray()
    block_begin = time.monotonic()
    try:
        for piece in response.iter_raw():
            if deadline.passed:
                break
            now = time.monotonic()
            blocks = len(body) // block_bytes
            if timeout_seconds is not None and now - block_begin > timeout_seconds:
                return bytes(body), EndpointError("timeout", "the body came too slowly")
            body += piece
            if len(body) // block_bytes > blocks:
                block_begin = now
            if len(body) > most:
                words = f"the body is longer than {most} bytes"
                return bytes(body[:most]), EndpointError("protocol", words)
    except httpx.HTTPError as error:
        return bytes(body), endpoint_error(error)
    return bytes(body), None


def endpoint_error(error: Exception) -> EndpointError:
    """
    What httpx raised, sorted by kind.
    """
    import socket
    import ssl

    import httpx

    if isinstance(error, httpx.TimeoutException):
        # The TLS handshake counts as connecting to httpx, and only its words tell.
        connecting = isinstance(error, httpx.ConnectTimeout) and "handshake" not in str(error)
        return EndpointError("timeout", CONNECTING if connecting else "while talking")
    if isinstance(error, httpx.InvalidURL):
        return EndpointError("host_not_found", str(error))
    if isinstance(error, httpx.ProxyError):
        return EndpointError("tunnel", str(error))
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, socket.gaierror):
        return EndpointError("host_not_found", cause.strerror or str(cause))
    if isinstance(cause, ssl.SSLError):
        return EndpointError("tls", os_reason(cause))
    if isinstance(cause, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return EndpointError("closed", os_reason(cause))
    if isinstance(error, httpx.ConnectError):
        return EndpointError("refused", os_reason(cause) if isinstance(cause, OSError) else str(error))
    if isinstance(error, httpx.NetworkError):
        return EndpointError("closed", str(error))
    # An endpoint that goes away too early is a breach of protocol to httpx; only its words tell.
    if isinstance(error, httpx.RemoteProtocolError) and re.search(
        "disconnected|closed connection", str(error)
    ):
        return EndpointError("closed", str(error))
    return EndpointError("protocol", str(error))


def _as_in_tls(found: EndpointError, error: httpx.HTTPError, request: Request) -> EndpointError:
    """
    A reset within TLS is an end like any other. Python calls it one up to 3.12, and a reset from 3.13 on.
    """
    import httpx

    if found.kind == "closed" and isinstance(error, httpx.ReadError) and request.url.startswith("https:"):
        return EndpointError("closed", "the connection ended before the answer")
    return found


def _prepare(request: Request, address: str | None, total_seconds: float | None) -> httpx.Request:
    import httpx

    check_sendable(request)
    endpoint = Place.of(request.url)
    target = endpoint.target or "/" if request.target is None else request.target
    place = endpoint if request.proxy is None or request.tunnel else Place.of(request.proxy)
    seconds = request.timeout_seconds
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    if request.connect_timeout_seconds is not None:
        timeouts["connect"] = request.connect_timeout_seconds
    if total_seconds is not None:
        timeouts["connect"] = min(total_seconds, timeouts["connect"] or total_seconds)
    # httpcore would ask a tunnel's proxy for the target as well.
    path = wire_target(target) if request.tunnel else b"/"
    # A tunnel's proxy looks the host up.
    host = place.host if request.tunnel or address is None else address
    prepared = httpx.Request(
        "",
        httpx.URL(scheme=place.scheme, host=host, port=place.port, raw_path=path),
        # Space around a value means nothing (RFC 9110, section 5.5), and h11 refuses it.
        headers=[(to_wire(name), to_wire(value).strip(b" \t")) for name, value in request.headers],
        stream=httpx.ByteStream(request.body),
        extensions={"timeout": timeouts},
    )
    if not request.tunnel:
        prepared.extensions["target"] = wire_target(target)
    if address is not None:
        # Of whom is connected to; the host behind a tunnel is told its own name in any case.
        prepared.extensions["sni_hostname"] = Place.of(request.proxy or request.url).host
    # Set afterwards: httpx would write it in capitals, and methods have a case (RFC 9110, section 9.1).
    prepared.method = request.method
    return prepared


def _at_address(proxy: str, address: str | None) -> str:
    """
    A proxy's URL, with the address that is to be connected to in the name's place.
    """
    if address is None:
        return proxy
    place = Place.of(proxy)
    userinfo, at, _ = proxy.partition("://")[2].rpartition("@")
    return f"{place.scheme}://{userinfo}{at}{place.peer(address)}/"

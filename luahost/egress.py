"""
The one way out: every HTTP exchange that a script or driver makes goes through here.

:class:`Egress` has a policy (``live`` talks to the network, ``deny`` does not), performs one exchange
at a time, adds one :class:`~luahost.effects.Http` for each, and sorts what can go wrong into the
kinds of :class:`~luahost.errors.EndpointError`. It follows no redirects, keeps no cookies, decodes no
bodies, reads no proxy settings from the environment and adds no headers: what goes out is what the
caller gave. Those are the caller's own rules: LuaSocket's in ``shims/``, Dovecot's in ``api/``.

httpx is imported here and in ``expectation.py`` only, and late, as are ``ssl`` and ``socket``: a script that
sends nothing does not wait for them.
"""

from __future__ import annotations

import importlib
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from luahost.errors import EndpointError, UsageError
from luahost.exchange import (
    CONNECTING,
    NO_STATUS_LINE,
    SIMPLE_VERSION,
    Answer,
    Place,
    Request,
    check_sendable,
    effect_of,
    from_wire,
    to_wire,
    wire_target,
)
from luahost.tls import os_reason, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import httpx

    from luahost.effects import Effects
    from luahost.tls import Tls

Policy = Literal["live", "deny"]

POLICIES: tuple[Policy, ...] = ("live", "deny")

BODY_LIMIT_BYTES = 64 * 1024 * 1024
"""An answer's body is held in memory; one longer than this is cut off as a fault of the endpoint."""

LONGEST_TIMEOUT_SECONDS = 1e6
"""A timeout beyond this, or one that is no number, is none: sockets cannot be told it."""


class Egress:
    """
    The way out, under one policy.

    Args:
        policy: ``live`` or ``deny``.

        body_limit_bytes: The longest answer to take.

    Raises:
        UsageError: There is no such policy.
    """

    def __init__(self, policy: Policy = "live", *, body_limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        if policy not in POLICIES:
            raise UsageError(f"no egress policy {policy!r}; there are {', '.join(POLICIES)}")
        self.policy = policy
        self._body_limit_bytes = body_limit_bytes
        self._transports: dict[tuple[Tls | None, str | None], httpx.HTTPTransport] = {}

    def __enter__(self) -> Egress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        Let go of the connections. The egress can be used again.
        """
        while self._transports:
            _, transport = self._transports.popitem()
            transport.close()

    def exchange(
        self,
        request: Request,
        effects: Effects,
        words: Callable[[EndpointError], str] = str,
        objection: Callable[[Answer], str | None] | None = None,
    ) -> Answer:
        """
        Send a request and read the whole answer.

        Args:
            request: What to send.

            effects: Gets one ``Http``, whether there is an answer or not.

            words: What the script is told about a failure.

            objection: What the script is told about an answer that will not do, for those who are told
                more than that its body breaks off.

        Raises:
            EndpointError: There is no answer. One that breaks off in its body is an answer.
        """
        if self.policy == "live":
            # The first import takes a while, and that is no time of the endpoint's.
            for module in ("httpx", "httpcore"):
                importlib.import_module(module)
        begin = time.monotonic()
        effect = effect_of(request)
        try:
            answer = self._perform(request)
        except EndpointError as error:
            effect = replace(effect, error=words(error), denied=error.kind == "denied")
            raise
        else:
            broken = words(answer.broken) if answer.broken else None
            effect = replace(
                effect,
                status=answer.status,
                reason=answer.reason,
                response_headers=answer.headers,
                response_body=answer.body,
                error=objection(answer) if objection else broken,
            )
        finally:
            effects.add(replace(effect, seconds=time.monotonic() - begin))
        return answer

    def _perform(self, request: Request) -> Answer:
        place = Place.of(request.proxy or request.url) if request.resolve else None
        if self.policy == "deny":
            raise EndpointError(
                "denied", "the egress policy is deny", peer=None if place is None else place.peer()
            )
        timeout_seconds = request.timeout_seconds
        if timeout_seconds is not None and timeout_seconds <= 0:
            raise EndpointError("timeout", "no time was given")
        if timeout_seconds is not None and not timeout_seconds <= LONGEST_TIMEOUT_SECONDS:
            request = replace(request, timeout_seconds=None)
        if place is None or request.tunnel:
            return self._send(request, None)
        begin = time.monotonic()
        *first, last = addresses(place)
        for address in first:
            try:
                return self._send(request, address)
            except EndpointError as error:
                if error.kind != "refused" and error.detail != CONNECTING:
                    raise
            request = shortened(request, time.monotonic() - begin)
            begin = time.monotonic()
        return self._send(request, last)

    def _send(self, request: Request, address: str | None) -> Answer:
        """
        One try, at one address of the host.
        """
        import httpx

        from luahost.deadline import Deadline
        from luahost.expectation import AwaitedBody, expects
        from luahost.simple_response import SimpleResponse, watcher

        peer = None if address is None else Place.of(request.proxy or request.url).peer(address)
        try:
            prepared = _prepare(request, address)
        except httpx.InvalidURL as error:
            raise endpoint_error(error) from error
        deadline = Deadline(request.total_seconds)
        watch = watcher(request.timeout_seconds, self._body_limit_bytes)
        try:
            prepared.extensions["trace"] = deadline.watching(watch)
            if expects(request):
                prepared.stream = AwaitedBody(request.body, lambda: deadline.connection)
            response = self._transport(request).handle_request(prepared)
        except SimpleResponse as simple:
            deadline.stop()
            if not request.simple:
                raise EndpointError("protocol", NO_STATUS_LINE + from_wire(simple.body), peer=peer) from None
            return Answer(
                version=SIMPLE_VERSION,
                status=200,
                reason="",
                headers=(),
                body=simple.body,
                broken=simple.broken,
            )
        except EndpointError as error:
            deadline.stop()
            raise with_peer(deadline.judged(error), peer) from error
        except httpx.HTTPError as error:
            deadline.stop()
            raise with_peer(deadline.judged(endpoint_error(error)), peer) from error
        except UnicodeError as error:
            # Python's own resolver refuses names that the DNS cannot hold, with this.
            deadline.stop()
            raise EndpointError("host_not_found", str(error)) from error
        try:
            body, broken = self._body(response, request)
        finally:
            deadline.stop()
            response.close()
        return Answer(
            version=from_wire(response.extensions["http_version"]),
            status=response.status_code,
            reason=from_wire(response.extensions["reason_phrase"]),
            headers=tuple((from_wire(name), from_wire(value)) for name, value in response.headers.raw),
            body=body,
            broken=with_peer(deadline.judged(broken), peer) if broken else None,
        )

    def _body(self, response: httpx.Response, request: Request) -> tuple[bytes, EndpointError | None]:
        """
        The body as far as it comes, and why not further.
        """
        import httpx

        timeout_seconds, block_bytes = request.timeout_seconds, request.block_bytes or 1
        body = bytearray()
        block_begin = time.monotonic()
        try:
            for piece in response.iter_raw():
                now = time.monotonic()
                blocks = len(body) // block_bytes
                if timeout_seconds is not None and now - block_begin > timeout_seconds:
                    return bytes(body), EndpointError("timeout", "the body came too slowly")
                body += piece
                if len(body) // block_bytes > blocks:
                    block_begin = now
                if len(body) > self._body_limit_bytes:
                    words = f"the body is longer than {self._body_limit_bytes} bytes"
                    return bytes(body[: self._body_limit_bytes]), EndpointError("protocol", words)
        except httpx.HTTPError as error:
            return bytes(body), endpoint_error(error)
        return bytes(body), None

    def _transport(self, request: Request) -> httpx.HTTPTransport:
        """
        The transport for one way of meeting endpoints, made once. Connections are not kept: the
        requests of LuaSocket say ``Connection: close``.
        """
        import ssl

        import httpx

        place = request.url if request.tunnel else request.proxy or request.url
        tls = request.tls if place.startswith("https:") else None
        proxy = request.proxy if request.tunnel else None
        if (tls, proxy) not in self._transports:
            self._transports[tls, proxy] = httpx.HTTPTransport(
                # Plain HTTP has no use for the certificates whose loading is the slow part.
                verify=tls_context(tls) if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0),
                proxy=proxy,
            )
        return self._transports[tls, proxy]


def addresses(place: Place) -> list[str]:
    """
    The addresses of a host, in the system's order.

    Raises:
        EndpointError: It has none.
    """
    import socket

    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if place.host.lower() == "localhost":
            # RFC 6761 section 6.3; a bare system has no /etc/hosts to say so.
            return ["127.0.0.1"]
        raise EndpointError("host_not_found", error.strerror or str(error)) from error
    except UnicodeError as error:
        # Python's own resolver refuses names that the DNS cannot hold.
        raise EndpointError("host_not_found", "Name or service not known") from error
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def shortened(request: Request, spent_seconds: float) -> Request:
    """
    The request with what is left of its time, if that has an end.
    """
    if request.total_seconds is None:
        return request
    return replace(request, total_seconds=max(request.total_seconds - spent_seconds, 0.0))


def with_peer(error: EndpointError, peer: str | None) -> EndpointError:
    """
    The error, with the address it happened at.
    """
    return EndpointError(error.kind, error.detail, peer=peer)


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


def _prepare(request: Request, address: str | None) -> httpx.Request:
    import httpx

    check_sendable(request)
    endpoint = Place.of(request.url)
    target = endpoint.target or "/" if request.target is None else request.target
    place = endpoint if request.proxy is None or request.tunnel else Place.of(request.proxy)
    seconds = request.timeout_seconds
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    if request.connect_timeout_seconds is not None:
        timeouts["connect"] = request.connect_timeout_seconds
    if request.total_seconds is not None:
        timeouts["connect"] = min(request.total_seconds, timeouts["connect"] or request.total_seconds)
    # httpcore would ask a tunnel's proxy for the target as well.
    path = wire_target(target) if request.tunnel else b"/"
    prepared = httpx.Request(
        "",
        httpx.URL(scheme=place.scheme, host=address or place.host, port=place.port, raw_path=path),
        # Space around a value means nothing (RFC 9110, section 5.5), and h11 refuses it.
        headers=[(to_wire(name), to_wire(value).strip(b" \t")) for name, value in request.headers],
        stream=httpx.ByteStream(request.body),
        extensions={"timeout": timeouts},
    )
    if not request.tunnel:
        prepared.extensions["target"] = wire_target(target)
    if address is not None:
        prepared.extensions["sni_hostname"] = place.host
    # Set afterwards: httpx would write it in capitals, and methods have a case (RFC 9110, section 9.1).
    prepared.method = request.method
    return prepared

"""
The one way out: every HTTP exchange that a script or driver makes goes through here.

:class:`Egress` has a policy (:mod:`luahost.egress_policy`), performs one exchange at a time, adds one
:class:`~luahost.effects.Http` for each, and sorts what can go wrong into the kinds of
:class:`~luahost.errors.EndpointError`. It follows no redirects, keeps no cookies, decodes no
bodies, reads no proxy settings or ``.netrc`` of the environment and adds no headers: what goes out is what
the caller gave. Those are the caller's own rules: LuaSocket's in ``shims/``, Dovecot's in ``api/``.

Where the policy minds addresses, a name is looked up once, every address is checked, and the connection goes
to one of those; certificate and ``Host`` stay those of the name.

httpx is imported here and in ``expectation.py`` only, and late, as are ``ssl`` and ``socket``: a script that
sends nothing does not wait for them.
"""

from __future__ import annotations

import importlib
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from luahost.egress_policy import EgressPolicy, PolicyName, policy_of
from luahost.errors import EndpointError
from luahost.exchange import (
    CONNECTING,
    NO_STATUS_LINE,
    OVERALL,
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
from luahost.lookup import Resolver, addresses, system_resolver
from luahost.tls import os_reason, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import httpx

    from luahost.deadline import Deadline
    from luahost.effects import Effects
    from luahost.tls import Tls

LONGEST_TIMEOUT_SECONDS = 1e6
"""A timeout beyond this, or one that is no number, is none: sockets cannot be told it."""


class Egress:
    """
    The way out, under one policy.

    Args:
        policy: Where requests may go; ``live``, ``server`` and ``deny`` are names of policies.

        resolver: Who says which addresses a name has.

    Raises:
        UsageError: There is no policy of that name.
    """

    def __init__(
        self, policy: EgressPolicy | PolicyName = "live", *, resolver: Resolver = system_resolver
    ) -> None:
        self.policy = policy_of(policy)
        self._resolver = resolver
        self._transports: dict[tuple[Tls | None, str | None], httpx.HTTPTransport] = {}

    @property
    def total_seconds(self) -> float | None:
        """
        How long a request may take with all its redirects, tries and pauses; None for no limit.
        """
        return self.policy.total_seconds

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
        if self.policy.lets_out:
            # The first import takes a while, and that is no time of the endpoint's.
            for module in ("httpx", "httpcore"):
                importlib.import_module(module)
        begin = time.monotonic()
        effect = effect_of(request)
        try:
            admitted = self.policy.admit(request)
            if admitted is not request:
                effect = effect_of(admitted)
            answer = self._perform(admitted)
        except EndpointError as error:
            effect = replace(effect, error=words(error))
            if error.kind == "denied":
                effect = replace(effect, denied=True, refusal=error.detail)
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
        end = self._end(request)
        timeout_seconds = request.timeout_seconds
        if timeout_seconds is not None and timeout_seconds <= 0:
            raise EndpointError("timeout", "no time was given")
        if timeout_seconds is not None and not timeout_seconds <= LONGEST_TIMEOUT_SECONDS:
            request = replace(request, timeout_seconds=None)
        pinned = self.policy.checks_addresses
        if not pinned and (request.tunnel or not request.resolve):
            return self._send(request, None, end)
        place = Place.of(request.proxy or request.url)
        found = addresses(self._resolver, place.host, place.port, seconds_until(end))
        for address in found:
            self.policy.check_address(place, address)
        *first, last = found
        for address in first:
            try:
                return self._send(request, address, end)
            except EndpointError as error:
                if error.kind != "refused" and error.detail != CONNECTING:
                    raise
        return self._send(request, last, end)

    def _end(self, request: Request) -> float | None:
        """
        When the exchange must be over, by the monotonic clock.
        """
        now = time.monotonic()
        ends = [now + request.total_seconds] if request.total_seconds is not None else []
        if self.policy.total_seconds is not None:
            ends.append((now if request.began is None else request.began) + self.policy.total_seconds)
        return min(ends, default=None)

    def _send(self, request: Request, address: str | None, end: float | None) -> Answer:
        """
        One try, at one address of the host, until ``end``.
        """
        import httpx

        from luahost.deadline import Deadline
        from luahost.expectation import AwaitedBody, expects
        from luahost.simple_response import SimpleResponse, watcher

        peer = None if address is None else Place.of(request.proxy or request.url).peer(address)
        seconds = seconds_until(end)
        if seconds is not None and seconds <= 0:
            raise EndpointError("timeout", OVERALL, peer=peer)
        try:
            prepared = _prepare(request, address, seconds)
        except httpx.InvalidURL as error:
            raise endpoint_error(error) from error
        watch = watcher(request.timeout_seconds, self.policy.max_response_bytes)
        with Deadline(seconds) as deadline:
            try:
                prepared.extensions["trace"] = deadline.watching(watch)
                if expects(request):
                    prepared.stream = AwaitedBody(request.body, lambda: deadline.connection)
                response = self._transport(request, address).handle_request(prepared)
            except SimpleResponse as simple:
                if not request.simple:
                    none = EndpointError("protocol", NO_STATUS_LINE + from_wire(simple.body))
                    raise with_peer(deadline.judged(none), peer) from None
                return Answer(
                    version=SIMPLE_VERSION,
                    status=200,
                    body=simple.body,
                    broken=deadline.judged(simple.broken),
                )
            except EndpointError as error:
                raise with_peer(deadline.judged(error), peer) from error
            except httpx.HTTPError as error:
                raise with_peer(deadline.judged(endpoint_error(error)), peer) from error
            except UnicodeError as error:
                # Python's own resolver refuses names that the DNS cannot hold, with this.
                raise EndpointError("host_not_found", str(error)) from error
            try:
                body, broken = self._body(response, request, deadline)
            finally:
                response.close()
            broken = deadline.judged(broken)
        return Answer(
            version=from_wire(response.extensions["http_version"]),
            status=response.status_code,
            reason=from_wire(response.extensions["reason_phrase"]),
            headers=tuple((from_wire(name), from_wire(value)) for name, value in response.headers.raw),
            body=body,
            broken=with_peer(broken, peer) if broken else None,
        )

    def _body(
        self, response: httpx.Response, request: Request, deadline: Deadline
    ) -> tuple[bytes, EndpointError | None]:
        """
        The body as far as it comes, and why not further.
        """
        import httpx

        timeout_seconds, block_bytes = request.timeout_seconds, request.block_bytes or 1
        most = self.policy.max_response_bytes
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


def seconds_until(end: float | None) -> float | None:
    """
    How long it is until then, by the monotonic clock; None if there is no end.
    """
    return None if end is None else end - time.monotonic()


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

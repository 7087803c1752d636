"""
The network of one attempt, behind the breaker: what may not be sent now is refused, as by an endpoint that
nobody listens at.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from luahost.clock import Clock
from luahost.dataclass import dataclass
from luahost.errors import EndpointError
from luahost.exchange import CONNECTING, DEFAULT_PORTS, SHORT_URL, Answer, Place, Request
from luahost.network import Network
from luahost.server.endpoints.breaker import Breaker
from luahost.server.endpoints.retry_after import retry_after_seconds

ENDPOINTS_FAULT = frozenset({"refused", "timeout", "host_not_found", "closed", "tls", "tunnel"})
"""The kinds of errors that speak of the endpoint; others are about the request, or what the script allows."""

TOO_MANY_REQUESTS = 429

ORIGINS = 256
"""Of how many URLs the origin is remembered."""


@dataclass(slots=True)
class _Admitted:
    """
    Leave to send one request, and the addresses that it may go to.
    """

    probe: bool
    addresses: Sequence[str] = ()


class GuardedNetwork:
    """
    A network that minds the breaker.

    Args:
        network: What really carries requests.

        breaker: Says which endpoints are left alone.
    """

    takes_time = True

    def __init__(self, network: Network, breaker: Breaker) -> None:
        self._network = network
        self._breaker = breaker
        self._admitted: dict[str, _Admitted] = {}

    def prepare(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.prepare()

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        The addresses of an endpoint that may be asked.

        Raises:
            HeldBackError: It may not be.
        """
        origin = self._admit(request)
        try:
            found = self._network.addresses(request, place, seconds=seconds, clock=clock)
        except EndpointError as error:
            self._tell(origin, error)
            raise
        self._admitted[origin].addresses = found
        return found

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
        Send a request to an endpoint that may be asked, and hear how it does.

        Raises:
            HeldBackError: It may not be.
        """
        origin = self._admit(request)
        try:
            answer = self._network.send(
                request, address=address, seconds=seconds, most_bytes=most_bytes, clock=clock
            )
        except EndpointError as error:
            if not self._has_another(origin, address, error):
                self._tell(origin, error)
            raise
        self._judge(origin, answer, clock)
        return answer

    def close(self) -> None:
        """
        See :class:`~luahost.network.Network`. What was admitted and not sent is no longer waited for.
        """
        while self._admitted:
            origin, admitted = self._admitted.popitem()
            if admitted.probe:
                self._breaker.released(origin)
        self._network.close()

    def _admit(self, request: Request) -> str:
        origin = origin_of(request.url)
        if origin not in self._admitted:
            self._admitted[origin] = _Admitted(self._breaker.admit(origin))
        return origin

    def _has_another(self, origin: str, address: str | None, error: EndpointError) -> bool:
        """
        Whether egress goes on with the host's next address.
        """
        connecting = error.kind == "refused" or error.detail == CONNECTING
        return connecting and address in self._admitted[origin].addresses[:-1]

    def _tell(self, origin: str, error: EndpointError) -> None:
        probe = self._admitted.pop(origin).probe
        if error.kind in ENDPOINTS_FAULT:
            self._breaker.failed(origin, str(error), probe=probe)
        elif probe:
            self._breaker.released(origin)

    def _judge(self, origin: str, answer: Answer, clock: Clock) -> None:
        if answer.broken is not None:
            self._tell(origin, answer.broken)
            return
        probe = self._admitted.pop(origin).probe
        if answer.status < 500 and answer.status != TOO_MANY_REQUESTS:
            self._breaker.succeeded(origin)
            return
        wait_seconds = retry_after_seconds(answer.headers, now=clock.time())
        words = f"{answer.status} {answer.reason}".rstrip()
        self._breaker.failed(origin, words, probe=probe, wait_seconds=wait_seconds)


def origin_of(url: str) -> str:
    """
    Scheme, host and, if it is not the scheme's own, port of a URL (RFC 6454); nothing of it is secret.

    Raises:
        EndpointError: Nothing can be sent there.
    """
    return _origin_of(url) if len(url) > SHORT_URL else _remembered_origin_of(url)


def _origin_of(url: str) -> str:
    place = Place.of(url)
    host = f"[{place.host}]" if ":" in place.host else place.host.lower()
    port = "" if place.port_number == DEFAULT_PORTS[place.scheme] else f":{place.port}"
    return f"{place.scheme}://{host}{port}"


_remembered_origin_of = functools.lru_cache(ORIGINS)(_origin_of)

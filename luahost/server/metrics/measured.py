"""
The network with a meter on it: each request that is really sent counts, with what came of it and how long
that took. What the journal answers, or the policy refuses, does not come this far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from luahost.clock import Clock
from luahost.errors import EndpointError
from luahost.exchange import Answer, Place, Request
from luahost.network import Network
from luahost.server import endpoints
from luahost.server.metrics.labels import OTHER


class MeasuredNetwork:
    """
    A network whose requests count.

    Args:
        network: What really carries them.

        sent: Hears of each: the endpoint's origin, such as ``https://push.example.org``; the outcome, ``2xx``
            and the like, or the kind of an :class:`~luahost.errors.EndpointError`; the seconds.
    """

    def __init__(self, network: Network, sent: Callable[[str, str, float], None]) -> None:
        self.takes_time = network.takes_time
        self._network = network
        self._sent = sent

    def prepare(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.prepare()

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        See :class:`~luahost.network.Network`. A host that has none is a request that failed.
        """
        began = clock.monotonic()
        try:
            return self._network.addresses(request, place, seconds=seconds, clock=clock)
        except EndpointError as error:
            self._failed(request, error, clock.monotonic() - began)
            raise

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
        See :class:`~luahost.network.Network`.
        """
        began = clock.monotonic()
        try:
            answer = self._network.send(
                request, address=address, seconds=seconds, most_bytes=most_bytes, clock=clock
            )
        except EndpointError as error:
            self._failed(request, error, clock.monotonic() - began)
            raise
        outcome = f"{answer.status // 100}xx" if answer.broken is None else answer.broken.kind
        self._sent(origin_of(request.url), outcome, clock.monotonic() - began)
        return answer

    def close(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.close()

    def _failed(self, request: Request, error: EndpointError, seconds: float) -> None:
        self._sent(origin_of(request.url), error.kind, seconds)


def origin_of(url: str) -> str:
    """
    Scheme, host and, if it is not the scheme's own, port of a URL (RFC 6454); nothing of it is secret.
    """
    try:
        return endpoints.origin_of(url)
    except EndpointError:
        return OTHER

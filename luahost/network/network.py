"""
The seam: what every network does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from luahost.clock import Clock
    from luahost.exchange import Answer, Place, Request


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

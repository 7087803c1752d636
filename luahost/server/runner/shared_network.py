"""
A network that several attempts share: whoever is done with it does not close it for the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.clock import Clock
from luahost.exchange import Answer, Place, Request
from luahost.network import Network


class SharedNetwork:
    """
    Another network, but for :meth:`close`.

    Args:
        network: The one that is shared.
    """

    def __init__(self, network: Network) -> None:
        self.takes_time = network.takes_time
        self._network = network

    def prepare(self) -> None:
        """
        See :class:`~luahost.network.Network`.
        """
        self._network.prepare()

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        See :class:`~luahost.network.Network`.
        """
        return self._network.addresses(request, place, seconds=seconds, clock=clock)

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
        return self._network.send(
            request, address=address, seconds=seconds, most_bytes=most_bytes, clock=clock
        )

    def close(self) -> None:
        """
        Nothing ends.
        """

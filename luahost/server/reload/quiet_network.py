"""
The network of a trial: everybody is there and answers 200, and nothing is sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from luahost.clock import Clock
from luahost.exchange import Answer, Place, Request

ADDRESS = "93.184.215.14"
"""One of the public internet, as policies for servers want it (it was example.com's)."""


class QuietNetwork:
    """
    See :class:`~luahost.network.Network`.

    Attributes:
        asked: Whether anything was to be sent. Its answer was made up, so what a script made of it may be
            other than what it makes of a real one.
    """

    takes_time = False

    def __init__(self) -> None:
        self.asked = False

    def prepare(self) -> None:
        """
        Nothing needs to be done.
        """

    def addresses(
        self, request: Request, place: Place, *, seconds: float | None, clock: Clock
    ) -> Sequence[str]:
        """
        The host itself if it is an address, or else a public one.
        """
        self.asked = True
        try:
            return [str(ipaddress.ip_address(place.host))]
        except ValueError:
            return [ADDRESS]

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
        An answer without a body.
        """
        self.asked = True
        return Answer(version="HTTP/1.1", status=200, reason="OK", headers=(("Content-Length", "0"),))

    def close(self) -> None:
        """
        There are no connections.
        """

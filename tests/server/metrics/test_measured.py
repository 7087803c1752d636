"""
Requests on their way through the meter.
"""

from __future__ import annotations

import pytest

from luahost.errors import EndpointError
from luahost.exchange import Answer, Place, Request
from luahost.server.metrics import MeasuredNetwork
from luahost.server.metrics.measured import origin_of
from luahost.testing import Answer as Reply
from luahost.testing import Endpoint, ManualClock


class Asked:
    """
    A network with a meter on it, and what that has heard.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.heard: list[tuple[str, str]] = []
        self._network = MeasuredNetwork(
            endpoint, lambda origin, outcome, _: self.heard.append((origin, outcome))
        )

    def get(self, url: str) -> Answer:
        """
        What the endpoint answers.
        """
        request, clock = Request(method="GET", url=url), ManualClock()
        self._network.prepare()
        addresses = self._network.addresses(request, Place.of(url), seconds=None, clock=clock)
        return self._network.send(request, address=addresses[0], seconds=None, most_bytes=100, clock=clock)


def test_outcomes() -> None:
    """
    An answer counts by its class, and what brought none by its kind; the caller sees both as they are.
    """
    endpoint = Endpoint()
    endpoint.route("GET", "http://push.example/ok", Reply(204))
    asked = Asked(endpoint)

    assert asked.get("http://push.example/ok").status == 204
    endpoint.fault = "refused"
    with pytest.raises(EndpointError):
        asked.get("http://push.example/ok")

    assert asked.heard == [("http://push.example", "2xx"), ("http://push.example", "refused")]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://user:word@Push.Example:443/path?query", "https://push.example"),
        ("http://push.example:8080", "http://push.example:8080"),
        ("http://[::1]:81/", "http://[::1]:81"),
        ("gopher://x", "other"),
    ],
)
def test_origins(url: str, origin: str) -> None:
    """
    An origin has neither credentials nor a path.
    """
    assert origin_of(url) == origin

"""
What the breaker hears of requests, and what they hear of it.
"""

from __future__ import annotations

import pytest

from luahost.config.retry_section import BreakerSection
from luahost.errors import EndpointError, HeldBackError
from luahost.exchange import CONNECTING, Answer, Place, Request
from luahost.server.endpoints import Breaker, GuardedNetwork, origin_of
from luahost.testing import ManualClock
from tests.server.wire import Wire

HELLO = Request(method="POST", url="https://Push.example/a", body=b"hello")
OK = Answer(version="HTTP/1.1", status=200)

CLOCK = ManualClock(1_560_937_320)


def guarded(
    *answers: Answer | EndpointError, failures: int = 1, breaker: Breaker | None = None
) -> tuple[Wire, GuardedNetwork, Breaker]:
    """
    A network with these answers behind a breaker.
    """
    wire = Wire(*answers)
    breaker = breaker or Breaker(BreakerSection(failures=failures, open_seconds=30), CLOCK)
    return wire, GuardedNetwork(wire, breaker), breaker


def send(network: GuardedNetwork, address: str | None = None) -> Answer | EndpointError:
    """
    Send a request; answers what came of it.
    """
    try:
        return network.send(HELLO, address=address, seconds=None, most_bytes=1000, clock=CLOCK)
    except EndpointError as error:
        return error


@pytest.mark.parametrize(
    "outcome",
    [
        Answer(version="HTTP/1.1", status=500),
        Answer(version="HTTP/1.1", status=503),
        Answer(version="HTTP/1.1", status=429),
        Answer(version="HTTP/1.1", status=200, broken=EndpointError("closed", "too early")),
        *(
            EndpointError(kind, "")
            for kind in ("refused", "timeout", "host_not_found", "closed", "tls", "tunnel")
        ),
    ],
    ids=str,
)
def test_what_speaks_against_an_endpoint(outcome: Answer | EndpointError) -> None:
    """
    After one such outcome, if one is enough, nothing more is sent: the script hears of a refused connection.
    """
    wire, network, _ = guarded(outcome)

    assert send(network) is outcome
    held = send(network)

    assert isinstance(held, HeldBackError)
    assert str(held) == "refused: Connection refused"
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    "outcome",
    [
        OK,
        Answer(version="HTTP/1.1", status=404),
        Answer(version="HTTP/1.1", status=408),
        EndpointError("protocol", "the body is longer than 1000 bytes"),
        EndpointError("denied", "a private address"),
    ],
    ids=str,
)
def test_what_does_not(outcome: Answer | EndpointError) -> None:
    """
    An endpoint that answers is there; what is wrong with the request is not its fault.
    """
    _, network, _ = guarded(outcome, OK)

    assert [send(network), send(network)] == [outcome, OK]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(status: int) -> None:
    """
    An endpoint that fails too often, and says how long it wants to be left alone, is for so long.
    """
    answer = Answer(version="HTTP/1.1", status=status, headers=(("Retry-After", "90"),))
    _, network, breaker = guarded(answer, answer, failures=2)

    send(network)
    assert breaker.wait_seconds(origin_of(HELLO.url)) == 0
    send(network)

    assert breaker.wait_seconds(origin_of(HELLO.url)) == pytest.approx(90)


def test_names_are_not_looked_up() -> None:
    """
    While nothing is sent nobody asks for addresses either; a name that has none speaks against its endpoint.
    """
    wire, network, _ = guarded(EndpointError("refused", ""))
    send(network)

    with pytest.raises(HeldBackError):
        network.addresses(HELLO, Place.of(HELLO.url), seconds=None, clock=CLOCK)

    assert wire.looked_up == 0


def test_several_addresses() -> None:
    """
    An endpoint of several addresses has failed when the last one has.
    """
    refused, slow = EndpointError("refused", ""), EndpointError("timeout", CONNECTING)
    wire, network, breaker = guarded(refused, slow, OK, refused, slow, refused)
    wire.known = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]

    for outcomes in ([refused, slow, OK], [refused, slow, refused]):
        found = network.addresses(HELLO, Place.of(HELLO.url), seconds=None, clock=CLOCK)
        assert [send(network, address) for address in found] == outcomes

    assert [each.failures for each in breaker.endpoints()] == [1]


def test_a_probe_that_is_not_sent() -> None:
    """
    An attempt that was let through and then sends nothing lets another one through.
    """
    clock = ManualClock()
    breaker = Breaker(BreakerSection(failures=1, open_seconds=30), clock)
    _, first, _ = guarded(EndpointError("refused", ""), breaker=breaker)
    send(first)
    clock.advance(30)
    _, second, _ = guarded(breaker=breaker)
    second.addresses(HELLO, Place.of(HELLO.url), seconds=None, clock=CLOCK)
    _, third, _ = guarded(OK, breaker=breaker)
    assert isinstance(send(third), HeldBackError)

    second.close()

    assert send(third) is OK


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://A.example/x?y", "http://a.example"),
        ("https://bob:pw@a.example:8443/", "https://a.example:8443"),
        ("http://[::1]/", "http://[::1]"),
    ],
)
def test_origins(url: str, origin: str) -> None:
    """
    An endpoint is a scheme, a host and a port.
    """
    assert origin_of(url) == origin

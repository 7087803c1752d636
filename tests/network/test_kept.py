"""
The store of kept connections: how many there may be, and for how long.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from luahost.exchange import Answer, Request
from luahost.network.connection import Connection
from luahost.network.conversation import Conversation, Unheard
from luahost.network.deadline import Deadline
from luahost.network.kept import KeptConnections, announced_seconds
from luahost.network.route import Route

Pair = tuple[Connection, socket.socket]


def route(port: int) -> Route:
    """
    One of several routes.
    """
    return Route("127.0.0.1", port, "a.example", None, proxied=False, tunnel=None)


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """
    Connections, each with its other end.
    """
    sockets = [socket.socketpair() for _ in range(3)]
    for _, theirs in sockets:
        theirs.settimeout(5)
    yield [(Connection(ours), theirs) for ours, theirs in sockets]
    for ours, theirs in sockets:
        ours.close()
        theirs.close()


def test_the_last_one_is_taken_first(pairs: list[Pair]) -> None:
    """
    So that those beyond need grow old.
    """
    kept = KeptConnections(3)
    for connection, _ in pairs:
        kept.put(route(1), connection)

    assert kept.take(route(2)) is None
    assert [kept.take(route(1)) for _ in range(4)] == [pairs[2][0], pairs[1][0], pairs[0][0], None]


def test_the_oldest_one_ends_when_there_are_too_many(pairs: list[Pair]) -> None:
    """
    Whatever its route.
    """
    kept = KeptConnections(2)
    for number, (connection, _) in enumerate(pairs):
        kept.put(route(number), connection)

    assert pairs[0][1].recv(1) == b""
    assert kept.take(route(0)) is None
    assert kept.take(route(1)) is pairs[1][0]
    assert kept.take(route(2)) is pairs[2][0]


def test_idle_connections_end(pairs: list[Pair]) -> None:
    """
    Though nobody asks for any, and again after there was none left.
    """
    kept = KeptConnections(3, idle_seconds=0.01)
    for connection, theirs in pairs:
        kept.put(route(1), connection)

        assert theirs.recv(1) == b""

    assert kept.take(route(1)) is None


def test_closing_ends_all_of_them(pairs: list[Pair]) -> None:
    """
    And more can be kept afterwards.
    """
    kept = KeptConnections(3)
    for connection, _ in pairs[:2]:
        kept.put(route(1), connection)
    kept.close()
    kept.put(route(1), pairs[2][0])

    assert [theirs.recv(1) for _, theirs in pairs[:2]] == [b"", b""]
    assert kept.take(route(1)) is pairs[2][0]


def test_an_endpoint_may_be_in_a_hurry(pairs: list[Pair]) -> None:
    """
    A connection that the endpoint says it ends soon is not used as long, or not at all.
    """
    kept = KeptConnections(3, idle_seconds=60)
    kept.put(route(1), pairs[0][0], 1.01)
    kept.put(route(1), pairs[1][0], 1)
    kept.put(route(1), pairs[2][0], 100)

    assert [theirs.recv(1) for _, theirs in pairs[:2]] == [b"", b""]
    assert kept.take(route(1)) is pairs[2][0]
    kept.close()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("timeout=5", 5), ("max=100, Timeout = 15", 15), ("timeout=x", None), ("xtimeout=5", None), ("", None)],
)
def test_what_an_endpoint_announces(value: str, seconds: float | None) -> None:
    """
    Of a header field ``Keep-Alive`` the timeout counts.
    """
    answer = Answer(version="HTTP/1.1", status=200, headers=(("Date", "timeout=1"), ("keep-alive", value)))

    assert announced_seconds(answer) == seconds


@pytest.mark.parametrize("kept", [False, True])
def test_a_request_that_went_nowhere(pairs: list[Pair], *, kept: bool) -> None:
    """
    If a kept connection ends before it takes a byte, the request may be made on another; on a new connection
    the endpoint does not want it.
    """
    connection, theirs = pairs[0]
    theirs.close()
    connection.kept = kept
    request = Request(method="GET", url="http://a.example/", headers=(("Host", "a.example"),))
    conversation = Conversation(connection, request, b"/", Deadline(5))

    if kept:
        with pytest.raises(Unheard):
            conversation.say()
    else:
        conversation.say()

"""
Requests under a policy, at endpoints that never come to an end: all of them have one, in time and in bytes.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from luahost.errors import EndpointError
from luahost.exchange import OVERALL, Answer
from tests.api.scripted_endpoint import OK, ScriptedEndpoint
from tests.named_endpoint import LOCAL, Converse, Names, ask, get, serving
from tests.shims.endpoint import trickle


def drips(beginning: bytes) -> Converse:
    """
    A server that says this and then goes on byte by byte, for far longer than a test would wait.
    """

    def converse(connection: socket.socket) -> None:
        connection.sendall(beginning)
        trickle(connection, b"x" * 400)

    return converse


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFF\r\n",
        b"no HTTP at all",
    ],
)
def test_a_server_that_drips_does_not_hold_us(beginning: bytes) -> None:
    """
    Each byte comes in time, and yet the exchange ends: in its head, in its body, and in a body that ends
    with the connection, which must not seem whole.
    """
    with serving(drips(beginning)) as port:
        begin = time.monotonic()
        outcome, effect = ask(get(port, block_bytes=None), replace(LOCAL, total_seconds=0.4))
        spent = time.monotonic() - begin

    error = outcome if isinstance(outcome, EndpointError) else outcome.broken
    assert error is not None
    assert (error.kind, error.detail) == ("timeout", OVERALL)
    assert effect.error is not None
    assert spent < 20


def test_a_handshake_that_drips_does_not_hold_us() -> None:
    """
    Nor does a server whose TLS records come byte by byte.
    """
    with serving(drips(b"\x16\x03\x03\x40\x00")) as port:
        begin = time.monotonic()
        outcome, _ = ask(get(port, scheme="https", timeout_seconds=30), replace(LOCAL, total_seconds=0.4))
        spent = time.monotonic() - begin

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.detail) == ("timeout", OVERALL)
    assert spent < 20


def test_a_name_server_that_is_silent_does_not_hold_us() -> None:
    """
    The lookup is part of the time, though nothing can interrupt it.
    """
    over = threading.Event()

    class Silent(Names):
        def __call__(self, host: str, port: int | None) -> Sequence[str]:
            over.wait(5)
            return ["127.0.0.1"]

    begin = time.monotonic()
    outcome, _ = ask(get(80), replace(LOCAL, total_seconds=0.2), Silent())
    spent = time.monotonic() - begin
    over.set()

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.detail) == ("timeout", OVERALL)
    assert spent < 20


def test_time_that_is_over_is_over() -> None:
    """
    A redirect or another try has what is left of the time since the script asked; without any, nobody is
    asked.
    """
    with ScriptedEndpoint(OK) as endpoint:
        port = int(endpoint.place.rpartition(":")[2])
        outcome, _ = ask(get(port, began=time.monotonic() - 100))

    assert isinstance(outcome, EndpointError)
    assert (outcome.kind, outcome.detail) == ("timeout", OVERALL)
    assert endpoint.heads == []


def test_a_bomb_stays_closed() -> None:
    """
    Nothing is decompressed, so a small body stays small; a long one is cut while it comes.
    """

    def converse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            connection.sendall(b"\x1f\x8b" * 32768)

    with serving(converse) as port:
        answer, _ = ask(get(port), replace(LOCAL, max_response_bytes=200_000))

    assert isinstance(answer, Answer)
    assert len(answer.body) == 200_000
    assert answer.broken is not None
    assert answer.broken.detail == "the body is longer than 200000 bytes"


@pytest.mark.parametrize(
    ("beginning", "repeated"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"x" * 100 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: x\r\n"),
    ],
)
def test_a_flood_has_an_end(beginning: bytes, repeated: bytes) -> None:
    """
    An endpoint that never stops, with interim answers, a head, tiny chunks or trailers, ends at a limit or
    at the end of the time, and what is kept of it is no more than the limit.
    """

    def converse(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(repeated * 1000)

    with serving(converse) as port:
        begin = time.monotonic()
        outcome, effect = ask(get(port), replace(LOCAL, total_seconds=0.5, max_response_bytes=100_000))
        spent = time.monotonic() - begin

    error = outcome if isinstance(outcome, EndpointError) else outcome.broken
    assert error is not None
    assert error.kind in ("timeout", "protocol")
    assert len(effect.response_body) <= 100_000
    assert spent < 20

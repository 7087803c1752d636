"""
HTTP as clients speak it, well and badly, over real sockets.
"""

from __future__ import annotations

import asyncio
import re
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.server.intake.connection import HEAD_BYTES, Connection
from luahost.server.intake.door import Door
from tests.server.intake.echoing import PATIENCE_SECONDS, Echo, Serve, bodies, get, post, rest_of

CHUNKED = (
    b"POST /c HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n"
)


def test_one_after_the_other(serve: Serve) -> None:
    """
    A connection is kept for the next request, whose answer has what RFC 9110 asks for.
    """
    server = serve()
    with server.connect() as client:
        client.sendall(post(b"abc"))
        first = client.recv(1000)
        client.sendall(get("/next"))
        second = client.recv(1000)

    assert re.fullmatch(
        rb"HTTP/1.1 200 OK\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n"
        rb"Content-Length: 10\r\n\r\nPOST / abc",
        first,
    )
    assert second.endswith(b"GET /next ")
    assert server.echo.statuses == [200, 200]


def test_the_same_head_again(serve: Serve) -> None:
    """
    Requests with one and the same head have their own bodies, whole or in pieces, alone or together, and are
    granted or not each for itself.
    """
    server = serve()
    with server.connect() as client:
        for body in (b"abc", b"def"):
            client.sendall(post(body))
            assert client.recv(1000).endswith(b"POST / " + body)
        client.sendall(post(b"ghi")[:-1])
        client.sendall(b"j" + post(b"klm") + post(b"nop"))
        client.sendall(post(b"qrs"))
        client.sendall(get("/end", "Connection: close"))
        answers = bodies(rest_of(client))
    with server.connect() as client:
        server.echo.forbidden = "/"
        client.sendall(post(b"tuv"))
        assert client.recv(1000).startswith(b"HTTP/1.1 403 ")

    assert answers == [b"POST / ghj", b"POST / klm", b"POST / nop", b"POST / qrs", b"GET /end "]


def test_requests_that_do_not_wait(serve: Serve) -> None:
    """
    What comes before its turn waits for it, also if its turn takes long.
    """
    server = serve()
    with server.connect() as client:
        client.sendall(get("/late") + post(b"x") + CHUNKED + get("/never"))
        server.echo.let_go()
        client.shutdown(socket.SHUT_WR)
        answers = bodies(rest_of(client))

    assert answers[:3] == [b"GET /late ", b"POST / x", b"POST /c abcde"]
    assert b"never" in answers[3]


@settings(max_examples=20)
@given(st.lists(st.integers(1, 60), max_size=12))
def test_in_pieces(lengths: list[int]) -> None:
    """
    However a client's bytes are cut, the answers are the same.
    """
    whole = post(b"abc", "X-Long: " + "y" * 200) + CHUNKED + get("/%61?q=1", "Connection: close")
    assert bodies(in_pieces(whole, lengths)) == [b"POST / abc", b"POST /c abcde", b"GET /a "]


def in_pieces(whole: bytes, lengths: list[int]) -> bytes:
    """
    What is answered to bytes that come in pieces of these lengths, and then the rest.
    """
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_SECONDS)

    async def talk() -> bytes:
        loop = asyncio.get_running_loop()
        door, begin = Door(Echo()), 0
        _, protocol = await loop.connect_accepted_socket(lambda: Connection(door), theirs)
        for length in lengths:
            protocol.data_received(whole[begin : begin + length])
            begin += length
        protocol.data_received(whole[begin:])
        return await asyncio.to_thread(rest_of, ours)

    with ours:
        return asyncio.run(talk())


@pytest.mark.parametrize(
    ("request_line", "path"),
    [
        ("GET http://elsewhere/a/b?c=d", "/a/b"),
        ("GET /a%20b", "/a b"),
        ("GET /%ff", "/\ufffd"),
        ("GET *", "*"),
    ],
)
def test_targets(serve: Serve, request_line: str, path: str) -> None:
    """
    Of a target the path counts, in whichever form it comes.
    """
    told = serve().told(f"{request_line} HTTP/1.1\r\nHost: l\r\n\r\n".encode())

    method = request_line.partition(" ")[0]
    assert bodies(told) == [f"{method} {path} ".encode()]


@pytest.mark.parametrize(
    ("request_", "kept"),
    [
        (get("/"), True),
        (get("/", "Connection: close"), False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False),
        (get("/", "Connection: Upgrade", "Upgrade: h2c"), False),
    ],
)
def test_who_closes(serve: Serve, request_: bytes, kept: bool) -> None:
    """
    A connection that the client does not keep, or that is to become something else, ends with its answer.
    """
    with serve().connect() as client:
        client.sendall(request_ + get("/more"))
        answers = b""
        while b"GET /more" not in answers and (some := client.recv(1000)):
            answers += some

    assert (b"GET /more" in answers) is kept
    assert (b"\r\nConnection: close\r\n" in answers) is not kept


def test_head(serve: Serve) -> None:
    """
    HEAD is answered with the length of the body, and without it.
    """
    told = serve().told(b"HEAD / HTTP/1.1\r\nHost: l\r\n\r\n")

    assert b"\r\nContent-Length: 7\r\n" in told
    assert told.endswith(b"\r\n\r\n")


def test_a_client_that_asks_first(serve: Serve) -> None:
    """
    It hears that it may send its body, or at once that it is not granted.
    """
    server = serve()
    with server.connect() as client:
        head, body = post(b"abc", "Expect: 100-continue")[:-3], b"abc"
        client.sendall(head)
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert client.recv(1000).endswith(b"POST / abc")
        client.sendall(post(body, "Expect: 100-continue", path="/never")[:-3])
        refused = rest_of(client)

    assert refused.startswith(b"HTTP/1.1 403 Forbidden")
    assert b"\r\nConnection: close\r\n" in refused


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 400),
        (b"GET / HTTP/1.1\r\nHost : l\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 9999999999999999999999\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413),
        (CHUNKED.replace(b"2\r\nab", b"7d0\r\n" + b"x" * 2000), 413),
    ],
)
def test_what_is_refused(serve: Serve, sent: bytes, status: int) -> None:
    """
    What is no HTTP, or may be read in two ways, or is too long, is answered as such and ends the connection.
    """
    server = serve()

    answers = server.told(get("/"), sent, get("/more"))

    assert len(bodies(answers)) == 2
    assert f"HTTP/1.1 {status} ".encode() in answers
    assert b"GET /more" not in answers
    assert server.echo.statuses == [200, status]


def test_a_head_without_end(serve: Serve) -> None:
    """
    A head that is too long is refused before it ends.
    """
    with serve().connect() as client:
        field = b"X: " + b"y" * 1000 + b"\r\n"
        client.sendall(b"GET / HTTP/1.1\r\n" + field * (2 * HEAD_BYTES // len(field)))
        answer = rest_of(client)

    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large")


def test_a_body_that_is_still_sent(serve: Serve) -> None:
    """
    A client that sends much before it looks for an answer finds it all the same.
    """
    with serve().connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 5000000\r\n\r\n")
        client.sendall(b"x" * 1_000_000)
        answer = rest_of(client)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"1000 bytes" in answer

"""
Clients that are slow or go away, and servers that end or are stuck, over real sockets.
"""

from __future__ import annotations

import select
import socket
import threading

import pytest

from luahost.server.intake.door import Patience
from tests.server.intake.echoing import LONG_BYTES, PATIENCE_SECONDS, Serve, bodies, get, post, rest_of

WITH_REQUESTS = Patience(message=0.05, linger=0.05, look=0.01)
"""Patience with clients that have something to say."""

WITHOUT_REQUESTS = Patience(keep_alive=0.05, look=0.01)
"""Patience with those that have not."""


def test_a_client_without_requests(serve: Serve) -> None:
    """
    Its connection ends, without a word.
    """
    with serve(WITHOUT_REQUESTS).connect() as client:
        assert rest_of(client) == b""


@pytest.mark.parametrize("before", [b"", get("/")])
@pytest.mark.parametrize("begun", [b"GET / HT", post(b"abc")[:-1]])
def test_a_client_that_takes_too_long(serve: Serve, before: bytes, begun: bytes) -> None:
    """
    If the rest of a request does not come, the client is told so, and its connection ends.
    """
    with serve(WITH_REQUESTS).connect() as client:
        client.sendall(before + begun)
        answers = rest_of(client)

    assert len(bodies(answers)) == (2 if before else 1)
    assert b"HTTP/1.1 408 Request Timeout" in answers
    assert b"\r\nConnection: close\r\n" in answers


def test_a_client_that_does_not_read(serve: Serve) -> None:
    """
    Its requests wait, and its connection ends when patience is lost; others are answered meanwhile.
    """
    server = serve(WITH_REQUESTS)
    with server.connect() as client, server.connect() as other:
        client.sendall(get("/long") + get("/after"))
        for _ in range(2):
            other.sendall(get("/"))
            assert other.recv(1000).endswith(b"GET / ")
        ended = select.poll()
        ended.register(client, select.POLLRDHUP)
        assert ended.poll(PATIENCE_SECONDS * 1000)
        assert len(rest_of(client)) < LONG_BYTES
    assert server.echo.statuses == [200] * 3


def test_a_client_that_goes_away(serve: Serve) -> None:
    """
    What is being answered for it is answered for nobody, and what it has sent half of is nothing.
    """
    server = serve()
    with server.connect() as client:
        client.sendall(get("/late"))
        assert server.echo.waits.wait(PATIENCE_SECONDS)
    server.echo.let_go()
    assert bodies(server.told(post(b"abc")[:-1])) == []
    assert bodies(server.told(get("/"))) == [b"GET / "]


def test_a_server_that_ends(serve: Serve) -> None:
    """
    It closes connections without requests, answers what it has begun to answer, and takes no others.
    """
    server = serve()
    with server.connect() as idle, server.connect() as busy:
        busy.sendall(get("/late"))
        assert server.echo.waits.wait(PATIENCE_SECONDS)
        stopping = threading.Thread(target=server.listener.stop, args=(PATIENCE_SECONDS,))
        stopping.start()
        assert rest_of(idle) == b""
        server.echo.let_go()
        answer = rest_of(busy)
        stopping.join()

    assert b"\r\nConnection: close\r\n" in answer
    assert bodies(answer) == [b"GET /late "]
    with socket.socket(socket.AF_UNIX) as late, pytest.raises(FileNotFoundError):
        late.connect(server.path)


def test_a_loop_that_does_not_get_on(serve: Serve) -> None:
    """
    Who connects while an answer takes very long is answered by who stands in, and so until that is over.
    """
    server = serve(Patience(look=0.01, stuck=0.05))
    with server.connect() as client:
        client.sendall(get("/stuck"))
        assert server.echo.waits.wait(PATIENCE_SECONDS)
        assert bodies(server.told(get("/meanwhile"))) == [b"GET /meanwhile "]
        server.echo.gets_on.set()
        assert client.recv(1000).endswith(b"GET /stuck ")
        client.sendall(get("/after"))
        assert client.recv(1000).endswith(b"GET /after ")

    assert server.echo.statuses == [200, 200]
    assert server.other.statuses == [200]

"""
A server that answers with what it is told, and what clients say to it.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from luahost.config.serve_section import Listen
from luahost.server.intake import Listener, bound
from luahost.server.intake.answers import HttpAnswer, RefusalError
from luahost.server.intake.door import Patience
from luahost.server.intake.request import HttpRequest, Reply

PATIENCE_SECONDS = 10
MOST_BYTES = 1000
LONG_BYTES = 8_000_000


class Echo:
    """
    Answers with method, path and body; ``/late`` when :meth:`let_go`, ``/never`` is not granted. With
    ``/stuck`` nothing gets on until :attr:`gets_on`.
    """

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.forbidden = ""
        self.waits = threading.Event()
        self.gets_on = threading.Event()
        self._go: Callable[[], object] = lambda: None

    def admit(self, head: HttpRequest) -> int:
        if head.path in ("/never", self.forbidden):
            raise RefusalError(HTTPStatus.FORBIDDEN, "never")
        return MOST_BYTES

    def answer(self, request: HttpRequest, reply: Reply) -> None:
        body = b"." * LONG_BYTES if request.path == "/long" else request.body
        answer = HttpAnswer(200, f"{request.method} {request.path} ".encode() + body)
        if request.path == "/late":
            loop = asyncio.get_running_loop()
            self._go = lambda: loop.call_soon_threadsafe(reply, answer)
            self.waits.set()
        else:
            if request.path == "/stuck":
                self.waits.set()
                assert self.gets_on.wait(PATIENCE_SECONDS)
            reply(answer)

    def answered(self, request: HttpRequest, status: int) -> None:
        self.statuses.append(status)

    def let_go(self) -> None:
        """
        Have what waits answered.
        """
        assert self.waits.wait(PATIENCE_SECONDS)
        self._go()


class Server:
    """
    A listener on a unix socket.
    """

    def __init__(self, path: Path, patience: Patience) -> None:
        self.echo = Echo()
        self.other = Echo()
        self.listener = Listener(
            self.echo, bound(Listen(path=str(path))), patience=patience, stand_in=self.other
        )
        self.path = str(path)
        self.listener.start()

    def connect(self) -> socket.socket:
        """
        A client.
        """
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE_SECONDS)
        client.connect(self.path)
        return client

    def told(self, *pieces: bytes) -> bytes:
        """
        All that it answers to a client that says this, and then no more.
        """
        with self.connect() as client:
            for piece in pieces:
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
            return rest_of(client)


Serve = Callable[..., Server]


def rest_of(client: socket.socket) -> bytes:
    """
    What comes until the other side ends the connection.
    """
    found = b""
    while some := client.recv(1_000_000):
        found += some
    return found


def bodies(answers: bytes) -> list[bytes]:
    """
    The bodies of answers, one after the other.
    """
    found = []
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        length = re.search(rb"\r\nContent-Length: (\d+)", head)
        assert length is not None, head
        found.append(rest[: int(length[1])])
        answers = rest[int(length[1]) :]
    return found


def get(path: str, *fields: str) -> bytes:
    """
    A request without a body.
    """
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: l", *fields, "", ""]).encode()


def post(body: bytes, *fields: str, path: str = "/") -> bytes:
    """
    A request with a body whose length is announced.
    """
    head = [f"POST {path} HTTP/1.1", "Host: l", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(head).encode() + body

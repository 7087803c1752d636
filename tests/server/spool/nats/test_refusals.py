"""
Servers with which there can be no spool, and what the operator is told of them.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from luahost.errors import UsageError
from tests.nats.node import Node
from tests.server.spool.nats.connecting import SECONDS, refused, with_user


def test_no_jetstream(tmp_path: Path) -> None:
    """
    A server without JetStream is told, and what its configuration needs.
    """
    node = Node(tmp_path, jetstream=False)
    with node:
        error = refused(node.url)

    assert isinstance(error, UsageError)
    assert f"nats-server at 127.0.0.1:{node.ports.client} has no JetStream" in str(error)
    assert "jetstream { store_dir" in str(error)


def test_no_jetstream_for_the_account(tmp_path: Path) -> None:
    """
    So is one that has it, but not for our account.
    """
    accounts = "accounts { mail { users: [{user: bob, password: x}] }, other { jetstream: enabled } }"
    with Node(tmp_path, more=accounts) as node:
        error = refused(with_user(node.url, "bob:x"))

    assert "has no JetStream for this account" in str(error)


def test_nothing_is_allowed(tmp_path: Path) -> None:
    """
    A user who may not even ask JetStream is told what NATS says of that.
    """
    users = "authorization { users: [{user: bob, password: x, permissions: {publish: nothing}}] }"
    with Node(tmp_path, more=users) as node:
        error = refused(with_user(node.url, "bob:x"))

    assert isinstance(error, UsageError)
    assert 'refuses: permissions violation for publish to "$js.api.info"' in str(error)


@contextmanager
def greeting(line: bytes) -> Iterator[str]:
    """
    Where somebody greets with this line, answers one PING, and no more. Answers the URL.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(line)
                for said in lines:
                    if said.startswith(b"PING"):
                        connection.sendall(b"PONG\r\n")

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"nats://127.0.0.1:{listener.getsockname()[1]}"
        serving.join(SECONDS)


def test_a_server_that_is_too_old() -> None:
    """
    Debian's nats-server 2.9 lacks what a spool needs, and that is told before anything is asked of it.
    """
    with greeting(
        b'INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"headers":true}\r\n'
    ) as url:
        error = refused(url)

    assert isinstance(error, UsageError)
    assert "2.9.10; a spool needs 2.12 or later" in str(error)


def test_what_answers_is_no_nats_server() -> None:
    """
    Something else at that port is told as such.
    """
    with greeting(b"220 mail.example.org ESMTP\r\n") as url:
        assert "what answers is no NATS server" in str(refused(url))

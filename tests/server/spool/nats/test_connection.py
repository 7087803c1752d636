"""
The connection to NATS, held against real servers: which of them is taken, and that it lasts.
"""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from luahost.config.nats_place import nats_place
from luahost.errors import SpoolError
from luahost.server.spool.nats.api import ApiError, ask
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.watch import Watch
from tests.certificates import self_signed
from tests.debian import needs
from tests.nats.node import Node, some_ports
from tests.server.spool.nats.connecting import SECONDS, connected, refused, with_user


def test_one_that_answers_is_enough(nats_server: Node) -> None:
    """
    Servers that are down do not matter as long as another one answers.
    """
    down = ",".join(f"127.0.0.1:{ports.client}" for ports in some_ports(2))

    assert connected(f"nats://{down},127.0.0.1:{nats_server.ports.client}")


def test_nobody_answers() -> None:
    """
    Servers that are down are named, and another try may help.
    """
    first, second = (ports.client for ports in some_ports(2))

    error = refused(f"nats://127.0.0.1:{first},127.0.0.1:{second}")

    assert isinstance(error, SpoolError)
    assert f"127.0.0.1:{min(first, second)}" in str(error)
    assert "nothing listens there" in str(error)
    assert "is nats-server running there?" in str(error)


def test_servers_that_come_later(tmp_path: Path) -> None:
    """
    With patience, servers that start a little later than we do are waited for.
    """
    node = Node(tmp_path)
    place = nats_place(node.url)
    with ThreadPoolExecutor(1) as thread:
        with socket.create_server(("127.0.0.1", node.ports.client)) as listener:
            connecting = thread.submit(Connection, place, patience_seconds=SECONDS)
            # It has tried, and nobody was there who could have let it in.
            listener.accept()[0].close()
        with node, connecting.result(SECONDS) as connection:
            assert connection.connected


@needs("openssl")
def test_a_server_with_tls_that_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A server with TLS that goes away leaves nothing in the log but that it is gone.
    """
    server = self_signed(tmp_path / "server.pem", "IP:127.0.0.1")
    lost = threading.Event()
    node = Node(tmp_path / "nats", more=f'tls {{ cert_file: "{server}", key_file: "{server}" }}')
    with node, Connection(nats_place(f"{node.url}?ca={server}")) as connection:
        connection.on_lost(lost.set)
        node.stop()
        assert lost.wait(SECONDS)

    assert {record.name for record in caplog.records} == {"luahost.server"}


def test_a_server_that_comes_back(nats_node: Node) -> None:
    """
    A lost connection is told, nothing is sent or kept meanwhile, and it comes back with the server.
    """
    lost, back = threading.Event(), threading.Event()
    with Connection(nats_place(nats_node.url)) as connection:
        connection.on_lost(lost.set)
        connection.on_reconnect(back.set)
        nats_node.kill()

        assert lost.wait(SECONDS)
        assert not connection.connected
        with pytest.raises(connection.failures):
            connection.call(connection.client.publish("x", b"y")).result(SECONDS)
        with pytest.raises(SpoolError):
            connection.call(ask(connection.client, "INFO")).result(SECONDS)

        nats_node.start()
        assert back.wait(SECONDS)
        assert connection.connected
        assert "streams" in connection.call(ask(connection.client, "INFO")).result(SECONDS)


def test_a_server_that_keeps_nothing(nats_server: Node) -> None:
    """
    A server that answers, and keeps nothing of what it is given, is left for another one.
    """
    back = threading.Event()
    port = nats_server.ports.client
    with Connection(nats_place(f"nats://127.0.0.1:{port},localhost:{port}")) as connection:
        connection.on_reconnect(back.set)
        watch = Watch(silent_seconds=0.05)
        connection.call(watch.look(connection.client))
        watch.not_kept()

        assert back.wait(SECONDS)


def test_a_login_that_is_refused_later(tmp_path: Path) -> None:
    """
    A server that does not know us any more is tried until it does again.
    """
    login = "authorization {{ user: bob, password: {} }}"
    lost, back = threading.Event(), threading.Event()
    node = Node(tmp_path, more=login.format("right"))
    with node, Connection(nats_place(with_user(node.url, "bob:right"))) as connection:
        connection.on_lost(lost.set)
        connection.on_reconnect(back.set)
        node.more = login.format("other")
        node.reload()
        assert lost.wait(SECONDS)

        node.more = login.format("right")
        node.reload()
        assert back.wait(SECONDS)


def test_the_api_refuses(nats_server: Node, nats_prefix: str) -> None:
    """
    What JetStream does not find is told with its own number.
    """
    with Connection(nats_place(nats_server.url)) as connection, pytest.raises(ApiError) as caught:
        connection.call(ask(connection.client, f"STREAM.INFO.{nats_prefix}")).result(SECONDS)

    assert caught.value.not_found
    assert (caught.value.code, caught.value.err_code) == (404, 10059)
    assert str(caught.value) == "stream not found (10059)"


def test_a_closed_connection(nats_server: Node) -> None:
    """
    Nothing can be asked of a connection that is closed; closing it again does nothing.
    """
    connection = Connection(nats_place(nats_server.url))
    connection.close()
    connection.close()

    with pytest.raises(SpoolError, match="is closed"):
        connection.call(ask(connection.client, "INFO"))

"""
The servers that tests of the cluster run against do what they are told.
"""

from __future__ import annotations

import socket

import pytest

from tests.nats.cluster import Cluster
from tests.nats.node import Node, some_ports


def info(node: Node, *, timeout: float = 5) -> str:
    """
    What a server greets with.
    """
    with socket.create_connection(("127.0.0.1", node.ports.client), timeout=timeout) as connection:
        return connection.recv(4096).decode().split("\r\n")[0]


def test_a_server_has_jetstream(nats_server: Node) -> None:
    """
    The shared server greets as one with JetStream.
    """
    assert '"jetstream":true' in info(nats_server)


def test_a_server_is_killed_and_started_again(nats_node: Node) -> None:
    """
    A server that was killed is gone, and comes back at the same place.
    """
    nats_node.kill()

    with pytest.raises(ConnectionRefusedError):
        info(nats_node)

    nats_node.start()
    assert '"jetstream":true' in info(nats_node)


def test_a_server_stands_still(nats_node: Node) -> None:
    """
    A paused server takes a connection and says nothing, until it is let go on.
    """
    nats_node.pause()

    with pytest.raises(TimeoutError):
        info(nats_node, timeout=0.05)

    nats_node.resume()
    assert info(nats_node).startswith("INFO")


def test_what_a_server_said_is_told(nats_node: Node) -> None:
    """
    A server that does not start says why.
    """
    second = Node(nats_node.folder.with_name("second"), name="second", ports=nats_node.ports)

    with pytest.raises(RuntimeError, match="address already in use"), second:
        pass


def test_three_servers_are_a_cluster(nats_cluster: Cluster) -> None:
    """
    All three have JetStream, and know of each other.
    """
    greetings = [info(node) for node in nats_cluster.nodes]

    assert all('"jetstream":true' in greeting for greeting in greetings)
    assert all(str(node.ports.client) in greeting for greeting in greetings for node in nats_cluster.nodes)


def test_ports_are_apart() -> None:
    """
    No two servers are given the same port.
    """
    ports = some_ports(10)

    assert len({port for each in ports for port in (each.client, each.cluster, each.monitoring)}) == 30

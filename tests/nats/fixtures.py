"""
Servers that tests share: one for each process of pytest, and one cluster, started when first asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nats.cluster import Cluster
from tests.nats.node import Node

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """
    One server with JetStream, for all tests of this process; a test that stops it takes ``nats_node``.
    """
    with Node(tmp_path_factory.mktemp("nats")) as node:
        yield node


@pytest.fixture
def nats_prefix() -> str:
    """
    A name of the test's own for what it has on a shared server.
    """
    return f"test{next(_numbers)}"


@pytest.fixture
def nats_url(nats_server: Node, nats_prefix: str) -> str:
    """
    Where a test has a place of its own on the shared server, as the setting ``spool`` has it.
    """
    return f"{nats_server.url}/{nats_prefix}"


@pytest.fixture
def nats_node(tmp_path: Path) -> Iterator[Node]:
    """
    A server of the test's own.
    """
    with Node(tmp_path / "nats") as node:
        yield node


@pytest.fixture(scope="session")
def shared_nats_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """
    Three servers for all tests of this process.
    """
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def nats_cluster(shared_nats_cluster: Cluster) -> Cluster:
    """
    Three servers that run and have caught up, whatever the test before did to them; this one may do the same.
    """
    shared_nats_cluster.start()
    return shared_nats_cluster


@pytest.fixture
def nats_cluster_url(nats_cluster: Cluster, nats_prefix: str) -> str:
    """
    Where a test has a place of its own on the cluster, as the setting ``spool`` has it.
    """
    return f"nats://{nats_cluster.addresses}/{nats_prefix}"

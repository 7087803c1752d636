"""
``luahost cluster``: a spool on NATS set up, and shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from luahost.cli.cluster import ranges
from luahost.cli.command import run_command
from luahost.config.nats_place import nats_place
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.names import Names
from tests.nats.node import Node

Cluster = Callable[..., list[str]]


@pytest.fixture
def cluster(capsys: pytest.CaptureFixture[str]) -> Cluster:
    """
    Runs the verb in this process; answers its lines.
    """

    def run(*words: str, code: int = 0) -> list[str]:
        assert run_command(["cluster", *words]) == code
        printed = capsys.readouterr()
        return [*printed.out.splitlines(), *printed.err.splitlines()]

    return run


@pytest.fixture
def file(tmp_path: Path, nats_url: str) -> str:
    """
    A configuration with the test's place on the shared server.
    """
    path = tmp_path / "luahost.yaml"
    section = {"spool": nats_url, "cluster": {"replicas": 1, "partitions": 4}}
    path.write_text(json.dumps({"drivers": ["dlog"], "serve": section}), "utf-8")
    return str(path)


def test_set_up_and_shown(cluster: Cluster, file: str, nats_server: Node, nats_prefix: str) -> None:
    """
    What would be done is told and not done; then it is done, and shown.
    """
    url = f"{nats_server.url}/{nats_prefix}"
    assert cluster("show", "-c", file, code=2) == [
        f"luahost: there is no spool at {url} yet: `luahost cluster setup` makes it"
    ]
    *lines, last = cluster("setup", "-c", file, "--dry-run")
    assert lines[0].split() == [f"{nats_prefix}_transactions", "new"]
    assert last == f"{url} would be set up: 4 partitions, 1 replica; nothing was done"
    assert cluster("setup", "-c", file)[-1] == f"{url} is set up now: 4 partitions, 1 replica"
    assert cluster("setup", "-c", file) == [f"{url} is set up: 4 partitions, 1 replica"]

    shown = cluster("show", "-c", file)
    assert shown[:4] == [
        f"spool       {url}",
        f"server      single, nats-server {nats_server.version}, no cluster",
        "set up      4 partitions, 1 replica",
        "handed out  0 of 4 partitions",
    ]
    [owners] = [line.split() for line in shown if line.startswith(f"KV_{nats_prefix}_owners ")]
    assert owners[1:3] + owners[-2:] == ["0", "messages", "leader", "single"]
    assert shown[-1] == "machine     none runs transactions"


def test_json(cluster: Cluster, nats_url: str, nats_prefix: str) -> None:
    """
    The same for programs, of a place that is named on the command line.
    """
    url = f"{nats_url}?replicas=1&partitions=2"
    (planned,) = cluster("setup", "--spool", url, "--json")
    (shown,) = cluster("show", "--spool", url, "--json")

    assert json.loads(planned)["changes"][0] == {
        "name": f"{nats_prefix}_transactions",
        "new": True,
        "change": "new",
    }
    told = json.loads(shown)
    assert (told["well"], told["partitions"], told["replicas"], told["machines"]) == (True, 2, 1, [])
    [owners] = [stream for stream in told["streams"] if stream["name"] == f"KV_{nats_prefix}_owners"]
    assert (owners["messages"], owners["leader"]) == (0, "single")


def test_no_cluster(cluster: Cluster, tmp_path: Path) -> None:
    """
    A spool in a file is none, and neither is a configuration without a server.
    """
    file = tmp_path / "luahost.yaml"
    file.write_text("serve: {spool: spool.db}\n", "utf-8")
    (said,) = cluster("show", "-c", str(file), code=2)
    assert "has its spool in a file" in said
    assert "a cluster is spool: nats://HOST:4222" in said

    file.write_text("drivers: [dlog]\n", "utf-8")
    assert "has no section serve" in cluster("setup", "-c", str(file), code=2)[0]
    assert "a spool on NATS is nats://HOST:PORT" in cluster("show", "--spool", "spool.db", code=2)[0]


def test_machines_with_one_name(cluster: Cluster, nats_url: str) -> None:
    """
    Two containers with the same host name are told apart by the beginning of their ids, and others have none.
    """
    url = f"{nats_url}?replicas=1&partitions=2"
    cluster("setup", "--spool", url)
    said = [{"name": "push", "id": "5ca1ab1e00000000"}, {"name": "push", "id": "0ddba11000000000"}]
    said += [{"name": "mx", "id": "f005ba1100000000"}, {"name": "old"}]
    place = nats_place(url)
    with Connection(place) as connection:
        for number, each in enumerate(said):
            subject = Names(place.prefix).node(str(number))
            connection.call(connection.client.request(subject, json.dumps(each).encode())).result(10)
        shown = cluster("show", "--spool", url)
        (told,) = cluster("show", "--spool", url, "--json")

    machines = [line.split(":")[0] for line in shown if line.startswith("machine ")]
    assert [line.removeprefix("machine     ") for line in machines] == [
        "mx",
        "old",
        "push [0ddba1]",
        "push [5ca1ab]",
    ]
    assert {each["id"] for each in json.loads(told)["machines"]} == {*(each.get("id") for each in said)}


def test_ranges() -> None:
    """
    Partitions in a row are told by the first and the last.
    """
    assert ranges([]) == ""
    assert ranges([5]) == "5"
    assert ranges([0, 1, 2, 3, 7, 9, 10]) == "0-3, 7, 9-10"

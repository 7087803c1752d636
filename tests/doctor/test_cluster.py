"""
What the doctor says of a cluster.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from luahost.config.nats_place import NatsPlace, nats_place
from luahost.doctor import Examination
from luahost.doctor.check import Check
from luahost.doctor.cluster import _copies, _machines, _server, _versions, cluster_checks
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import Declared, declare
from luahost.server.spool.nats.inspection import Server
from luahost.server.spool.nats.overview import Machine, Overview, Replica, Stream
from tests.nats.node import Node, some_ports

SERVER = Server(
    name="n1",
    version="2.12.1",
    max_payload=1_048_576,
    seconds=0.001,
    ahead_seconds=0.01,
    permissions=None,
    told=True,
)

STREAM = Stream(name="s", messages=1, bytes=1, leader="n1", replicas=(), wanted=1)

FOUND = Overview(
    server="n1",
    version="2.12.1",
    cluster="mail",
    declared=Declared(),
    streams=[STREAM],
    machines=[],
    handed_out=0,
)


def named(checks: Sequence[Check]) -> dict[str, tuple[str, str]]:
    """
    Each by its name.
    """
    return {check.name: (check.state, check.detail) for check in checks}


def set_up(place: NatsPlace) -> None:
    """
    Declare a spool.
    """
    with Connection(place) as connection:
        connection.call(declare(connection, partitions=2, replicas=1)).result(30)


def test_a_cluster_of_one(nats_server: Node, nats_url: str) -> None:
    """
    A server that works is told with its version, one that is down beside it is a warning, and so is a single
    copy; messages that are shorter than transactions may be are a failure.
    """
    down = some_ports(1)[0].client
    place = nats_place(f"{nats_url.replace('nats://', f'nats://127.0.0.1:{down},')}")
    set_up(place)

    found = named(list(cluster_checks(place, longest_bytes=8_388_609)))

    state, words = found.pop(f"127.0.0.1:{nats_server.ports.client}")
    assert (state, words.partition(", answers")[0]) == ("ok", f"single, nats-server {nats_server.version}")
    assert found[f"127.0.0.1:{down}"][0] == "warn"
    assert found["versions"] == ("ok", nats_server.version)
    assert found["max_payload"] == (
        "fail",
        "8388608 bytes in one message, and a transaction may have 8388609: luahost serve does not start",
    )
    assert found["permissions"] == ("ok", "all that a server needs")
    assert found["spool"][0] == "warn"
    assert "2 partitions, kept by one server" in found["spool"][1]
    assert found["quorum"] == ("ok", "every stream has a leader and its copies")
    assert found["machines"] == ("warn", "none runs transactions")


def test_nobody_there() -> None:
    """
    With no server at all that is the only thing to be said.
    """
    port = some_ports(1)[0].client
    (check,) = cluster_checks(nats_place(f"nats://127.0.0.1:{port}"), longest_bytes=1)

    assert (check.state, check.name) == ("fail", f"127.0.0.1:{port}")
    assert "nothing listens there" in check.detail


def test_not_set_up(nats_url: str) -> None:
    """
    A spool that was not set up is broken, and the words say what to do.
    """
    *_, last = cluster_checks(nats_place(nats_url), longest_bytes=1)

    assert (last.name, last.state) == ("spool", "fail")
    assert "`luahost cluster setup` makes it" in last.detail


def test_permissions(tmp_path: Path) -> None:
    """
    What NATS does not let us do is named.
    """
    users = '{user: bob, password: x, permissions: {publish: ["$JS.API.>", "$SYS.REQ.USER.INFO"]}}'
    with Node(tmp_path, more=f"accounts {{ mail {{ jetstream: enabled, users: [{users}] }} }}") as node:
        place = nats_place(node.url.replace("//", "//bob:x@"))
        found = named(list(cluster_checks(place, longest_bytes=1)))

    state, words = found["permissions"]
    assert state == "fail"
    assert words.startswith("our user may not publish $JS.ACK.KV_luahost_owners.>, ")
    assert words.endswith(" more")


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (None, "ok", ""),
        (-0.9, "ok", ""),
        (2.5, "warn", "its clock is 2.5 s ahead of this machine's"),
        (-2.5, "warn", "its clock is 2.5 s behind this machine's"),
        (-86_400, "fail", "its clock is 86400.0 s behind this machine's"),
    ],
)
def test_clocks(ahead: float | None, state: str, words: str) -> None:
    """
    Clocks that differ by more than a second are told.
    """
    check = _server("h:4222", replace(SERVER, ahead_seconds=ahead), others=3)

    assert check.state == state
    assert words in check.detail
    assert ("chrony" in check.advice) is (state != "ok")


def test_versions_differ() -> None:
    """
    In the middle of an upgrade that is a warning.
    """
    check = _versions({"a": SERVER, "b": replace(SERVER, version="2.14.0")})

    assert (check.state, check.detail) == ("warn", "they differ: 2.12.1, 2.14.0")


@pytest.mark.parametrize(
    ("stream", "state", "words"),
    [
        (replace(STREAM, leader=None), "fail", "nobody leads s: nothing can be written"),
        (
            replace(
                STREAM,
                wanted=3,
                replicas=[
                    Replica(server="n2", online=False, current=False, lag=0),
                    Replica(server="n3", online=True, current=False, lag=7),
                ],
            ),
            "warn",
            "copies are not whole: n2 (away), n3 (7 behind)",
        ),
        (replace(STREAM, wanted=3), "warn", "there are fewer copies than replicas"),
    ],
)
def test_quorum(stream: Stream, state: str, words: str) -> None:
    """
    Without a leader it is broken, and with copies that are not whole it lives on luck.
    """
    check = _copies(replace(FOUND, streams=[stream]))

    assert (check.state, check.detail) == (state, words)


def test_machines() -> None:
    """
    Machines with different versions of luahost are told.
    """
    one = Machine(name="a", partitions=[0], running=1, version="1.0")
    check = _machines(replace(FOUND, machines=[one, replace(one, name="b", version="1.1")]))

    assert (check.state, check.detail) == ("warn", "a, b; they have luahost 1.0, 1.1")
    assert _machines(replace(FOUND, machines=[one])).state == "ok"


def test_machines_with_one_name() -> None:
    """
    Two containers with the same host name are told apart by the beginning of what no other has.
    """
    one = Machine(name="push", partitions=[0], running=1, version="1.0", id="5ca1ab1e00000000")
    check = _machines(replace(FOUND, machines=[one, replace(one, id="0ddba11000000000")]))

    assert check.detail == "push [5ca1ab], push [0ddba1]"


def test_of_a_configuration(tmp_path: Path, nats_url: str) -> None:
    """
    With a spool on NATS no file of it is looked for, and files with secrets are for nobody else.
    """
    (tmp_path / "token").write_text("t\n", "utf-8")
    (tmp_path / "token").chmod(0o644)
    file = tmp_path / "luahost.yaml"
    section = {"spool": nats_url, "cluster": {"token_file": "token"}}
    file.write_text(json.dumps({"drivers": ["dlog"], "serve": section}), "utf-8")

    checks = list(Examination(file=str(file), endpoints=False).checks())

    files = {check.name: check for check in checks if check.subject == "files"}
    assert files["cluster token_file"].state == "fail"
    assert "is secret, and everybody" in files["cluster token_file"].detail
    assert "spool" not in files
    assert {check.subject for check in checks} >= {"cluster"}
    assert "disk" not in {check.subject for check in checks}

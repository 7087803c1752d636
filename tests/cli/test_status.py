"""
``luahost status``: how the server is doing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from luahost.cli.command import run_command
from luahost.cli.status import lines
from luahost.config import read_configuration
from luahost.config.nats_place import nats_place
from luahost.config.serve_section import ServeSection
from luahost.exchange import Request
from luahost.server.condition import Condition, condition_of
from luahost.server.spool import Entry, Spool, SqliteControl, SqliteSpool, State
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.spool import NatsSpool
from luahost.server.spool.opening import open_control
from luahost.server.spool.this_machine import own_id, own_name
from luahost.server.supervisor import Server
from luahost.testing import Answer
from luahost.testing.endpoint.loopback import Loopback
from tests.cli.on_spool import OnSpool
from tests.server.spool.nats.places import set_up


def configured(folder: Path, listen: str) -> str:
    """
    A configuration whose server listens there.
    """
    file = folder / "luahost.yaml"
    section = {"listen": listen, "spool": "spool.sqlite", "running": 1, "stale_seconds": 60}
    file.write_text(json.dumps({"drivers": ["dlog"], "serve": section}))
    return str(file)


def section(file: str) -> ServeSection:
    """
    What it says about serving.
    """
    found = read_configuration(file).serve
    assert found is not None
    return found


def seen(folder: Path, listen: str, later: float = 0) -> Condition:
    """
    How the server of the test's spool is doing, so much later.
    """
    with SqliteControl(folder / "spool.sqlite") as control:
        oldest = control.status().oldest or 0
        return condition_of(control, section(configured(folder, listen)), now=oldest + later)


def test_a_server_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    It says of itself that all is well; the exit code says so, too.
    """
    file = configured(tmp_path, "unix:s")
    with SqliteSpool(tmp_path / "spool.sqlite") as spool:
        server = Server(read_configuration(file), spool)
        server.start()
        code = run_command(["status", "-c", file, "--json"])
        server.end()

    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told == {
        "status": "ok",
        "machines": [],
        "process": os.getpid(),
        "listen": f"unix:{tmp_path}/s",
        "spool": str(tmp_path / "spool.sqlite"),
        "oldest_seconds": None,
        "counts": dict.fromkeys(State, 0),
        "detail": None,
        "configuration": "ok",
        "endpoints": [],
    }


def test_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Without a server it is stopped, which is not well, and what waits for it is told.
    """
    with SqliteSpool(tmp_path / "spool.sqlite") as spool:
        spool.put([Entry(user="bob", payload=b"{}")]).result(10)

    code = run_command(["status", "-c", configured(tmp_path, "unix:s")])

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        "server    stopped",
        "          1 transactions wait until it is started",
        f"spool     {tmp_path}/spool.sqlite",
        "oldest    0s",
        "queued    1",
        "running   0",
        "retrying  0",
        "done      0",
        "dead      0",
        "expired   0",
    ]


def test_a_server_that_is_silent(spool: Spool, tmp_path: Path) -> None:
    """
    There is a process, and nobody answers where it should, or somebody else does.
    """
    nobody = seen(tmp_path, "unix:s")
    with Loopback(_hello) as stranger:
        other = seen(tmp_path, stranger.url.removeprefix("http://"))

    assert (nobody.status, other.status, nobody.well) == ("silent", "silent", False)
    assert (nobody.detail or "").startswith(f"it does not answer on unix:{tmp_path}/s: ")
    assert (other.detail or "").endswith(" is no luahost")


def test_no_server_of_a_cluster(nats_url: str, tmp_path: Path) -> None:
    """
    On a spool that machines share there may be a server that runs nothing and that nobody has heard of. Where
    nobody listens there is none: it is stopped, and what waits is told if nobody else runs it.
    """
    set_up(nats_place(nats_url))
    file = tmp_path / "luahost.yaml"
    file.write_text(json.dumps({"drivers": ["dlog"], "serve": {"listen": "unix:s", "spool": nats_url}}))
    with NatsSpool(nats_place(nats_url), runs=False) as taking, open_control(nats_url) as control:
        before = condition_of(control, section(str(file)), now=0)
        taking.put([Entry(user="bob", payload=b"{}")]).result(10)
        after = condition_of(control, section(str(file)), now=0)

    assert (before.status, before.detail) == ("stopped", f"nothing listens on unix:{tmp_path}/s")
    assert (after.status, after.detail) == ("stopped", "1 transactions wait until it is started")
    assert not before.well


def test_another_container_with_this_host_name(nats_url: str, tmp_path: Path) -> None:
    """
    Of two machines with one name the server of the other is not taken for ours; people see which is which. An
    older luahost tells no more than its name.
    """
    place = nats_place(nats_url)
    set_up(place)
    file = tmp_path / "luahost.yaml"
    file.write_text(json.dumps({"drivers": ["dlog"], "serve": {"listen": "unix:s", "spool": nats_url}}))
    other = {"name": own_name(), "id": "5ca1ab1e00000000", "process": 1, "runs": True, "partitions": []}
    older = {name: value for name, value in other.items() if name != "id"}
    with NatsSpool(place) as ours, Connection(place) as others, open_control(nats_url) as control:
        known = condition_of(control, None, now=0)
        said = others.client.request(Names(place.prefix).node("other"), json.dumps(other).encode())
        others.call(said).result(10)
        both = condition_of(control, None, now=0)
        ours.close()
        without_ours = condition_of(control, section(str(file)), now=0)
        said = others.client.request(Names(place.prefix).node("other"), json.dumps(older).encode())
        others.call(said).result(10)
        with_older = condition_of(control, section(str(file)), now=0)

    assert known.process == both.process == os.getpid()
    names = next(line for line in lines(both) if line.startswith("machines"))
    assert f"{own_name()} [5ca1ab] (process 1)" in names
    assert f"{own_name()} [{(own_id() or '')[:6]}] (process {os.getpid()})" in names
    assert [line for line in lines(known) if line.startswith("machines")] == [
        f"machines  {own_name()} (process {os.getpid()})"
    ]
    assert (without_ours.process, without_ours.status) == (None, "stopped")
    assert (with_older.process, with_older.status) == (1, "silent")


def _hello(request: Request) -> Answer:
    return Answer(200, body=b"hello")


def test_a_server_that_ends(spool: Spool, tmp_path: Path) -> None:
    """
    While it finishes what runs nobody can connect to it, and it is ending.
    """
    spool.drain()

    assert seen(tmp_path, "unix:s").status == "ending"
    assert not seen(tmp_path, "127.0.0.1:0").well


def test_a_server_that_cannot_be_asked(spool: Spool, on_spool: OnSpool, tmp_path: Path) -> None:
    """
    Where there is no place to ask, the spool says whether something has waited for too long.
    """
    spool.put([Entry(user="bob", payload=b"{}")]).result(10)

    assert on_spool("status")[0] == f"server    ok, process {os.getpid()}"
    assert seen(tmp_path, "127.0.0.1:0", later=61).status == "stale"
    assert seen(tmp_path, "127.0.0.1:0", later=59).well


def test_for_people() -> None:
    """
    What does not work is told, and names of files so that a terminal obeys none of them.
    """
    found = Condition(
        status="ok",
        spool="/tmp/\x1b[2J",
        counts={State.DONE: 3},
        process=7,
        listen="127.0.0.1:1",
        configuration="rejected: push.lua:1: oh",
        endpoints=[
            {
                "endpoint": "https://a",
                "state": "open",
                "failures": 5,
                "wait_seconds": 3.0,
                "reason": "500 Oh\x1b[2J",
            },
            {"endpoint": "https://b", "state": "half_open", "failures": 5, "wait_seconds": 0.0},
            {"endpoint": "https://c", "state": "closed", "failures": 1, "wait_seconds": 0.0},
        ],
    )

    assert [*lines(found)] == [
        "server    ok, process 7 on 127.0.0.1:1",
        "          configuration rejected: push.lua:1: oh",
        "          endpoint https://a is down, and left alone for another 3s: "
        "5 failures in a row, the last: 500 Oh\\x1b[2J",
        "          endpoint https://b was down, and is being tried: 5 failures in a row",
        "          endpoint https://c fails: 1 failure in a row",
        "spool     /tmp/\\x1b[2J",
        "oldest    none waits",
        "done      3",
    ]

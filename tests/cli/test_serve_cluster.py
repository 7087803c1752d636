"""
``luahost serve`` on several machines with a spool on NATS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost.config.nats_place import nats_place
from tests.cli.command_line import luahost
from tests.cli.test_serve import SCRIPT, Held, Process
from tests.cli.test_serve import held as held
from tests.server.spool.nats.places import set_up

LEASE_SECONDS = 1.0


@pytest.fixture
def file(tmp_path: Path, nats_url: str, held: tuple[Held, str]) -> Path:
    """
    The configuration of each machine.
    """
    set_up(nats_place(nats_url), lease_seconds=LEASE_SECONDS)
    (tmp_path / "push.lua").write_text(SCRIPT)
    written = tmp_path / "luahost.yaml"
    told = {
        "plugin": {"push_url": held[1]},
        "drivers": [{"driver": "lua", "file": "push.lua"}],
        "serve": {"listen": "127.0.0.1:0", "spool": nats_url, "running": 4, "workers": 1},
    }
    written.write_text(json.dumps(told))
    return written


@pytest.fixture
def start(file: Path) -> Iterator[Callable[[], Process]]:
    """
    Starts a server more.
    """
    found: list[Process] = []

    def start_one() -> Process:
        found.append(Process(file))
        return found[-1]

    yield start_one
    for process in found:
        process.close()


def test_a_server_dies(start: Callable[[], Process], held: tuple[Held, str], nats_url: str) -> None:
    """
    What a server took in and ran that was killed, another runs: with the same id for the endpoint, as the
    second attempt. Queue and status tell of it from anywhere.
    """
    endpoint, _ = held
    first = start()
    ids = first.post("hello")
    request = endpoint.next()
    first.close()
    endpoint.go.set()

    # Its start takes as long as the lease that it has to wait for.
    second = start()
    assert endpoint.next() == request
    assert second.line(rf"INFO {ids[0]}: lmtp\(user0\).*: Info: pushing hello$")
    status = json.loads(luahost("status", "--json", "--spool", nats_url).stdout)
    assert second.process.pid in [machine["process"] for machine in status["machines"]]
    assert second.terminate() == 0
    [line] = luahost("queue", "list", "--state", "done", "--json", "--spool", nats_url).stdout.splitlines()
    assert (json.loads(line)["id"], json.loads(line)["attempts"]) == (ids[0], 2)

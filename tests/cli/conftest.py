"""
What the tests of the command have: a script to write, a server that listens, and databases.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.cli.command import run_command
from luahost.server.spool import Entry, Spool, SqliteSpool, State
from tests.cli.on_spool import PAYLOAD, OnSpool
from tests.demo import RememberingServer


@pytest.fixture
def receiver() -> Iterator[RememberingServer]:
    """
    A real HTTP server on loopback that answers 200 to each POST.
    """
    server = RememberingServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url(receiver: RememberingServer) -> str:
    """
    The receiver's URL.
    """
    return f"http://127.0.0.1:{receiver.server_port}/handler"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """
    Where a test writes its script.
    """
    return tmp_path / "push.lua"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """
    The spool of a server that runs.
    """
    with SqliteSpool(tmp_path / "spool.sqlite") as spool:
        yield spool


@pytest.fixture
def on_spool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> OnSpool:
    """
    Runs a verb on that spool, in this process.
    """

    def run(*words: str, code: int = 0) -> list[str]:
        assert run_command([*words, "--spool", str(tmp_path / "spool.sqlite")]) == code
        printed = capsys.readouterr()
        return [*printed.out.splitlines(), *printed.err.splitlines()]

    return run


@pytest.fixture
def ids(spool: Spool) -> dict[State, str]:
    """
    A transaction of each state but expired, of three users.
    """
    users = ("bob", "carol", "dave", "erin")
    first = spool.put([Entry(user=user, payload=PAYLOAD) for user in users]).result(10)
    spool.claim(4).result(10)
    spool.record_answer(first[0], "POST 1", b"200")
    spool.bury(first[0], reason="push.lua:3: boom\n\x1b[2J")
    spool.postpone(first[1], due=time.time() + 600, reason="503")
    spool.done(first[2]).result(10)
    (last,) = spool.put([Entry(user="bob", payload=b"\xff", expires=time.time() + 600)]).result(10)
    order = (State.DEAD, State.RETRYING, State.DONE, State.RUNNING, State.QUEUED)
    return dict(zip(order, [*first, last], strict=True))


@pytest.fixture
def db(tmp_path: Path) -> str:
    """
    Where the database will be.
    """
    return str(tmp_path / "metadata.sqlite")

"""
The server of a configuration, asked how it is.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from luahost import __version__
from luahost.config import read_configuration
from luahost.config.serve_section import Listen, ServeSection
from luahost.doctor import Check
from luahost.doctor.running import running_checks
from luahost.exchange import Request
from luahost.server.spool import SqliteSpool
from luahost.server.supervisor import Server
from luahost.testing import Answer
from luahost.testing.endpoint.loopback import Loopback


def checks(listen: Listen | None, **section: Any) -> dict[str, Check]:
    """
    What is said of the server there, by name.
    """
    found = running_checks(ServeSection(listen=listen, spool="spool.db", **section))
    return {check.name: check for check in found}


def test_a_real_server(tmp_path: Path) -> None:
    """
    A server that runs is fine, is this version, takes its token, and gets no transaction by being asked.
    """
    (tmp_path / "tokens").write_text("0123456789abcdef\n")
    (tmp_path / "others").write_text("another-token-entirely\n")
    (tmp_path / "luahost.yaml").write_text(
        "drivers: [dlog]\nserve: {listen: 'unix:s', spool: spool.db, token_file: tokens, running: 1}\n"
    )
    configuration = read_configuration(str(tmp_path / "luahost.yaml"))
    with SqliteSpool(tmp_path / "spool.db") as spool:
        server = Server(configuration, spool)
        listen = server.start()
        good = checks(listen, token_file=str(tmp_path / "tokens"))
        bad = checks(listen, token_file=str(tmp_path / "others"))
        server.end()
        assert list(spool.transactions()) == []

    assert [check.state for check in good.values()] == ["ok"] * 3
    assert good["version"].detail == __version__
    assert bad["token"].state == "fail"
    assert "another-token" not in bad["token"].detail


STALE = {"status": "stale", "counts": {"queued": 7, "done": 9}}


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (
            Answer(503, body=json.dumps(STALE)),
            "fail",
            "stale: 7 queued",
        ),
        (Answer(200, body="hello"), "fail", "is no luahost"),
        (Answer(200, body=json.dumps({"status": "ok", "counts": {}})), "ok", "nothing waits"),
    ],
)
def test_how_it_is(answer: Answer, state: str, words: str) -> None:
    """
    A server that is not well is broken, and so is somebody else's at its port.
    """

    def reply(request: Request) -> Answer:
        return answer if request.url.endswith("/healthz") else Answer(404)

    with Loopback(reply) as server:
        listen = Listen(host="127.0.0.1", port=server.port)
        found = checks(listen)[str(listen)]

    assert found.state == state
    assert words in found.detail


def test_what_it_lives_with() -> None:
    """
    A configuration that was rejected, and an endpoint that is down, are warnings of a server that is well.
    """
    told = {
        "status": "ok",
        "counts": {},
        "configuration": "rejected: push.lua:1: no",
        "endpoints": [
            {"endpoint": "http://push.example:80", "state": "open", "failures": 1, "reason": "503 No"},
            {"endpoint": "http://fine.example:80", "state": "closed", "failures": 1},
        ],
    }

    def reply(request: Request) -> Answer:
        return Answer(200, body=json.dumps(told)) if request.url.endswith("/healthz") else Answer(404)

    with Loopback(reply) as server:
        listen = Listen(host="127.0.0.1", port=server.port)
        found = checks(listen)

    assert (found[str(listen)].state, found["configuration"].state) == ("ok", "warn")
    assert "rejected: push.lua:1: no" in found["configuration"].detail
    assert found["endpoint"].detail == "http://push.example:80 is down: 1 failure in a row, the last: 503 No"


def test_another_version() -> None:
    """
    A server that was not started again after an upgrade is a warning.
    """

    def reply(request: Request) -> Answer:
        return Answer(200, body=json.dumps({"status": "ok", "counts": {}, "info": {"version": "0.0.1"}}))

    with Loopback(reply) as server:
        found = checks(Listen(host="127.0.0.1", port=server.port))["version"]

    assert found.state == "warn"
    assert "0.0.1" in found.detail


def test_nobody_there(tmp_path: Path) -> None:
    """
    Before the first start that is no mistake, but worth a line.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        listen = Listen(host="127.0.0.1", port=taken.getsockname()[1])
        assert checks(listen)[str(listen)].state == "warn"

    nowhere = Listen(path=str(tmp_path / "s"))
    assert checks(nowhere)[str(nowhere)].state == "warn"


def test_a_server_that_ends(tmp_path: Path) -> None:
    """
    While it finishes what runs nobody listens there, and nobody is told to start another one.
    """
    nowhere = Listen(path=str(tmp_path / "s"))
    with SqliteSpool(tmp_path / "spool.db") as spool:
        spool.drain()
        (check,) = running_checks(ServeSection(listen=nowhere, spool=str(tmp_path / "spool.db")))

    words = f"process {os.getpid()} takes nothing more, and finishes what runs"
    assert (check.state, check.detail) == ("warn", words)
    assert check.advice == "once it has ended, luahost serve starts it again"


def test_a_server_whose_socket_is_gone(tmp_path: Path) -> None:
    """
    Who works on the spool and listens elsewhere, or nowhere, is in the way of another one: nobody is told to
    start that.
    """
    nowhere = Listen(path=str(tmp_path / "s"))
    with SqliteSpool(tmp_path / "spool.db"):
        (check,) = running_checks(ServeSection(listen=nowhere, spool=str(tmp_path / "spool.db")))

    words = f"process {os.getpid()} works on the spool, and does not listen there"
    assert (check.state, check.detail) == ("fail", words)
    assert "start it again" in check.advice


def test_a_socket_of_systemd() -> None:
    """
    Where the configuration does not say where the server listens, it is not asked.
    """
    assert [check.state for check in checks(None).values()] == ["ok"]

"""
``luahost serve``: a process that is asked to end, and one that is killed.
"""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from luahost.exchange import Request
from luahost.server.spool import SqliteSpool, State
from luahost.testing import Answer
from luahost.testing.endpoint.loopback import Loopback
from tests.cli.command_line import luahost
from tests.server.systemd.handing_over import handing_over
from tests.sources.recorded import NEW, transaction

PATIENCE_SECONDS = 30

SCRIPT = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  dovecot.i_info("pushing " .. event.subject)
  http.request(user:plugin_getenv("push_url"), event.subject)
end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


class Process:
    """
    The command in a process of its own.
    """

    def __init__(self, file: Path, *, sockets: Sequence[socket.socket] = (), **environ: str) -> None:
        words = [sys.executable, "-m", "luahost", "serve", "-c", str(file)]
        self.process = subprocess.Popen(
            handing_over(sockets, words) if sockets else words,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environ,
            pass_fds=[one.fileno() for one in sockets],
        )
        self.said: list[str] = []
        self.place = self.line(r"INFO luahost serves .* on (\S+)$")

    def line(self, pattern: str) -> str:
        """
        What a group matches in the next line that it is in.
        """
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(pattern, line.rstrip("\n")):
                return found[1] if found.groups() else found[0]
        raise AssertionError("".join(self.said))

    def post(self, *subjects: str) -> list[str]:
        """
        Bring deliveries to as many users; answers their ids.
        """
        batch = [
            transaction(user={"username": f"user{number}"}, events=[{**NEW, "subject": each}])
            for number, each in enumerate(subjects)
        ]
        answer = httpx.post(f"http://{self.place}/v1/transactions", json=batch, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 202, answer.text
        ids: list[str] = answer.json()["ids"]
        return ids

    def terminate(self) -> int:
        """
        Have it end; answers its exit code.
        """
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """
        See that it is gone.
        """
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()


class Held:
    """
    An endpoint that answers when it is let go.
    """

    def __init__(self) -> None:
        self.go = threading.Event()
        self._arrived: queue.Queue[tuple[str, str]] = queue.Queue()

    def next(self) -> tuple[str, str]:
        """
        Body and id of the next request that arrives.
        """
        return self._arrived.get(timeout=PATIENCE_SECONDS)

    def reply(self, request: Request) -> Answer:
        """
        Answer a request, in a thread of its own.
        """
        headers = {name.lower(): value for name, value in request.headers}
        self._arrived.put((request.body.decode(), headers["webhook-id"]))
        assert self.go.wait(PATIENCE_SECONDS)
        return Answer(200)


Serve = Callable[..., Process]


@pytest.fixture
def held() -> Iterator[tuple[Held, str]]:
    """
    The endpoint and its URL.
    """
    waiting = Held()
    with Loopback(waiting.reply) as real:
        yield waiting, f"{real.url}/push"
        waiting.go.set()


@pytest.fixture
def serve(tmp_path: Path, held: tuple[Held, str]) -> Iterator[Serve]:
    """
    Starts the server; called again, with the same spool.
    """
    (tmp_path / "push.lua").write_text(SCRIPT)
    section: dict[str, Any] = {"listen": "127.0.0.1:0", "spool": "spool.db", "running": 2}
    drivers = [{"driver": "lua", "file": "push.lua"}]
    file = tmp_path / "luahost.yaml"
    file.write_text(json.dumps({"plugin": {"push_url": held[1]}, "drivers": drivers, "serve": section}))
    processes: list[Process] = []

    def start(sockets: Sequence[socket.socket] = (), **environ: str) -> Process:
        processes.append(Process(file, sockets=sockets, **environ))
        return processes[-1]

    yield start
    for process in processes:
        process.close()


def states(folder: Path) -> list[State]:
    """
    How far the transactions in the spool are.
    """
    with SqliteSpool(folder / "spool.db") as spool:
        return [summary.state for summary in spool.transactions()]


def test_asked_to_end(serve: Serve, held: tuple[Held, str], tmp_path: Path) -> None:
    """
    It finishes what runs, takes nothing more, ends with 0, and has written what Dovecot would log.
    """
    endpoint, _ = held
    process = serve()
    [id] = process.post("hello")
    endpoint.next()
    process.process.terminate()
    process.line("INFO luahost ends")
    endpoint.go.set()

    assert process.process.wait(PATIENCE_SECONDS) == 0
    assert re.search(rf"INFO {id}: lmtp\(user0\).*: Info: pushing hello\n", "".join(process.said))
    assert states(tmp_path) == [State.DONE]


def test_killed(serve: Serve, held: tuple[Held, str], tmp_path: Path) -> None:
    """
    Killed in the middle of its work, it has lost nothing that it accepted: the next one does it all, and the
    endpoint knows what it has seen before.
    """
    endpoint, _ = held
    process = serve()
    process.post(*"abc")
    seen = dict(endpoint.next() for _ in range(2))
    process.close()
    endpoint.go.set()

    process = serve()
    again = dict(endpoint.next() for _ in range(3))

    assert sorted(again) == list("abc")
    assert {body: again[body] for body in seen} == seen
    assert process.terminate() == 0
    assert states(tmp_path) == [State.DONE] * 3


def test_started_by_systemd(serve: Serve, held: tuple[Held, str], tmp_path: Path) -> None:
    """
    It takes what came to the socket before it was there, tells the service manager that it is ready, lives,
    reloads and ends, says what is wrong with a script that is new, and leaves the socket to whoever listens
    next.
    """
    endpoint, _ = held
    endpoint.go.set()
    path = tmp_path / "push.sock"
    configuration = tmp_path / "luahost.yaml"
    configuration.write_text(configuration.read_text().replace("127.0.0.1:0", "unix:push.sock"))
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_SECONDS)
        listening.bind(str(path))
        listening.listen()
        with socket.socket(socket.AF_UNIX) as early:
            early.connect(str(path))
            early.sendall(b"GET /healthz HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n")

            process = serve([listening], NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="50000")

            assert early.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
        told: list[str] = []
        listener = threading.Thread(target=listen_until_stopping, args=(manager, told))
        listener.start()
        (tmp_path / "push.lua").write_text(SCRIPT + "function later() dovecot.i_inform('x') end")
        process.process.send_signal(signal.SIGHUP)
        process.line(r"WARNING .*luahost check: \S*push\.lua:9: .*i_inform.* \([a-z-]+\)$")
        process.line(r"INFO .*luahost\.yaml is loaded again \(it was asked to\)$")
        assert process.terminate() == 0
        listener.join()

    assert told[:2] == ["READY=1", f"STATUS=takes transactions on {process.place}"]
    assert "WATCHDOG=1" in told
    states = [line for line in told if line in ("READY=1", "RELOADING=1", "STOPPING=1")]
    assert states == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]
    assert path.exists()


def listen_until_stopping(manager: socket.socket, told: list[str]) -> None:
    """
    Hear what a service manager is told, until the service ends.
    """
    while "STOPPING=1" not in told:
        told += manager.recv(4096).decode().splitlines()


def test_wrong_usage(tmp_path: Path) -> None:
    """
    Without a configuration, or one that cannot be served, it ends with 2 and a line that says why; where none
    was named it says how to come by one.
    """
    none = luahost("serve", cwd=tmp_path)
    (tmp_path / "luahost.yaml").write_text(
        "serve: {listen: '127.0.0.1:0', spool: nowhere/spool.db}\ndrivers: [dlog]\n"
    )

    missing = luahost("serve", "-c", "no.yaml", cwd=tmp_path)
    nowhere = luahost("serve", cwd=tmp_path)

    assert (none.returncode, missing.returncode, nowhere.returncode) == (2, 2, 2)
    assert b"luahost init --serve" in none.stderr
    assert missing.stderr.startswith(b"luahost: no.yaml: no such file")
    assert nowhere.stderr.startswith(b"luahost: nowhere/spool.db: ")
    assert nowhere.stderr.count(b"\n") == 1


def test_why_it_does_not_start_is_in_the_log(tmp_path: Path) -> None:
    """
    Who looks into the log's file finds why no server is there, as on standard error.
    """
    (tmp_path / "luahost.yaml").write_text(
        "serve: {listen: '127.0.0.1:0', spool: nowhere/spool.db, log_file: serve.log}\ndrivers: [dlog]\n"
    )

    done = luahost("serve", cwd=tmp_path)

    why = done.stderr.decode().removeprefix("luahost: ")
    assert done.returncode == 2
    assert (tmp_path / "serve.log").read_text().endswith(f" ERROR luahost does not serve: {why}")

"""
The README's way from nothing to a Dovecot that pushes through luahost, with a real Dovecot.
"""

from __future__ import annotations

import os
import queue
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from luahost.exchange import Request
from luahost.testing import Answer
from luahost.testing.endpoint.loopback import Loopback
from tests.cli.command_line import ROOT, luahost
from tests.debian import needs
from tests.live.dovecot import PACKAGES, Dovecot, free_ports
from tests.live.releases import TESTED

pytestmark = needs(*PACKAGES)

PATIENCE_SECONDS = 30

MAIL = b"From: Alice <alice@example.org>\nTo: bob\nSubject: Lunch?\n\nToday?\n"


def commands() -> list[list[str]]:
    """
    The commands of the README's section "In production", without what is no command of luahost.
    """
    section = (ROOT / "README.md").read_text("utf-8").partition("\n## In production\n")[2]
    block = re.findall(r"```console\n(.*?)```", section, re.DOTALL)[0]
    return [shlex.split(line.partition(" && ")[0])[2:] for line in block.splitlines()]


@contextmanager
def serving(words: list[str]) -> Iterator[None]:
    """
    A server in a process of its own, from when it listens until it is asked to end.
    """
    process = subprocess.Popen([sys.executable, "-m", "luahost", *words], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        assert any(" luahost serves " in line for line in process.stderr)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0


VERSION = {"2.3": "", "2.4": "dovecot_config_version = 2.4.1\n"}
"""What a ``dovecot.conf`` begins with."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """
    A folder that Dovecot's processes may enter, with a configuration of Dovecot's that reads ``conf.d``.
    """
    with tempfile.TemporaryDirectory(prefix="readme-") as made:
        os.chmod(made, 0o755)
        (Path(made) / "conf.d").mkdir()
        (Path(made) / "dovecot.conf").write_text(f"{VERSION[TESTED.dialect]}!include_try conf.d/*.conf\n")
        yield Path(made)


def test_three_commands(folder: Path, tmp_path: Path) -> None:
    """
    Done in this order they lead from a delivery in Dovecot to a request at the endpoint; what is delivered
    while no server runs is pushed when one is there.
    """
    init, shim, serve = commands()
    assert (init[:2], shim[0], serve[0]) == (["init", "--serve"], "shim", "serve")
    arrived: queue.Queue[str] = queue.Queue()

    def reply(sent: Request) -> Answer:
        arrived.put(sent.body.decode())
        return Answer(200)

    with Loopback(reply) as endpoint:
        # Others work on this machine: a port, folders and a Dovecot of our own.
        server, pickup = f"127.0.0.1:{free_ports(1)[0]}", str(folder / "pickup")
        places = {"/etc/luahost": str(tmp_path), "http://127.0.0.1:8080": endpoint.url}
        init, shim, serve = (
            [re.sub("|".join(places), lambda found: places[found[0]], word) for word in words]
            for words in (init, shim, serve)
        )
        shim[shim.index("--dovecot") + 1] = TESTED.dialect
        shim += [str(folder), "--spool-dir", pickup, "--url", f"http://{server}"]
        for words in (init, shim):
            done = luahost(*words)
            assert done.returncode == 0, done.stdout + done.stderr
        file = tmp_path / "luahost.yaml"
        text = file.read_text().replace("127.0.0.1:8025", server)
        file.write_text(text.replace('pickup: "pickup"', f"pickup: {pickup}"))

        more = f"!include {folder}/conf.d/*.conf"
        with Dovecot({}, mail_plugins=(), more=more, release=TESTED) as dovecot:
            dovecot.deliver("early@example.org", MAIL)
            assert dovecot.logged("a transaction waits for the server")
            with serving(serve):
                assert "user=early" in arrived.get(timeout=PATIENCE_SECONDS)
                dovecot.deliver("bob@example.org", MAIL)
                assert arrived.get(timeout=PATIENCE_SECONDS).endswith("&subject=Lunch%3F")

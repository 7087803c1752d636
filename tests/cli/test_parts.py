"""
Ctrl-C while something is done to many transactions.
"""

from __future__ import annotations

import contextlib
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from luahost.server.spool import Entry, SqliteControl, SqliteSpool
from tests.cli.command_line import ROOT

NUMBER = 20_000


def test_interrupted(tmp_path: Path) -> None:
    """
    Ctrl-C ends between two times: what is done is done and told, the rest is as it was, and the signal ends
    the process.
    """
    file = tmp_path / "spool.sqlite"
    with SqliteSpool(file) as spool:
        spool.put([Entry(user="bob", payload=b"{}") for _ in range(NUMBER)]).result(30)
    command = [sys.executable, "-m", "luahost", "queue", "drop", "--user", "bob", "--spool", str(file)]
    with (
        contextlib.closing(sqlite3.connect(file)) as looking,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as dropping,
    ):
        while looking.execute("SELECT count(*) FROM queue").fetchone() == (NUMBER,):
            assert dropping.poll() is None
        dropping.send_signal(signal.SIGINT)
        out, err = dropping.communicate(timeout=60)

    assert dropping.returncode == -signal.SIGINT
    assert err == "luahost: interrupted\n"
    told = re.fullmatch("([0-9]+) dropped\n", out)
    assert told is not None
    with SqliteControl(file) as control:
        assert len(control.transactions()) == NUMBER - int(told[1]) > 0

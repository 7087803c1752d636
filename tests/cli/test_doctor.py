"""
``luahost doctor``: whether all is there, and works.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from luahost.runtime import LUA_VERSIONS
from tests.cli.command_line import ROOT, luahost

GOOD = """
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_event_message_new(ctx, event) end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


def test_what_is_here() -> None:
    """
    It names every Lua and every wall of isolation, and its exit code says whether anything is broken.
    """
    answer = luahost("doctor", "--json")
    checks = [json.loads(line) for line in answer.stdout.splitlines()]
    broken = [check for check in checks if check["state"] == "fail"]

    assert {check["name"] for check in checks if check["subject"] == "lua"} == set(LUA_VERSIONS)
    assert {check["subject"] for check in checks} == {"python", "lua", "isolation", "clock"}
    assert all(set(check) == {"subject", "name", "state", "detail", "advice"} for check in checks)
    assert all(check["detail"] for check in broken)
    assert answer.returncode == (1 if broken else 0)
    assert answer.stderr == b""


def test_where_no_process_can_be_made() -> None:
    """
    Where a worker cannot be started, isolation is broken, with the reason, and the rest is still looked at.
    """
    command = f"ulimit -n 8; exec '{sys.executable}' -m luahost doctor"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False, timeout=60)

    assert b"  FAIL  worker  no process for the script: " in done.stdout
    assert b"--isolate and luahost serve cannot be used here\n" in done.stdout
    assert b"  OK    5.4\n" in done.stdout
    assert done.stdout.endswith(b"\n1 broken, 0 warnings\n")
    assert done.returncode == 1


def test_a_configuration(tmp_path: Path) -> None:
    """
    With a configuration all that it names is looked at; the one in the current folder needs no ``-c``. What
    is only not started yet is no mistake.
    """
    (tmp_path / "push.lua").write_text(GOOD)
    (tmp_path / "dovecot.conf").write_text("protocols = lmtp\n")
    (tmp_path / "luahost.yaml").write_text(
        "plugin: {push_url: 'http://127.0.0.1:9/secret-path'}\ndrivers: [{driver: lua, file: push.lua}]\n"
        "serve: {listen: '127.0.0.1:0', spool: spool.db}\n"
    )

    answer = luahost("doctor", "--dovecot", "dovecot.conf", "--no-endpoints", "--json", cwd=tmp_path)
    checks = [json.loads(line) for line in answer.stdout.splitlines()]

    subjects = {"configuration", "script", "files", "disk", "dovecot", "server"}
    assert {check["subject"] for check in checks} >= subjects
    assert [
        check for check in checks if check["subject"] in subjects - {"dovecot"} and check["state"] == "fail"
    ] == []
    assert b"secret-path" not in answer.stdout
    assert answer.stderr == b""


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    """
    It is broken, with file and line; the machine is looked at all the same.
    """
    (tmp_path / "luahost.yaml").write_text("drivers: [dlog]\nsurve: {}\n")

    answer = luahost("doctor", cwd=tmp_path)

    assert answer.returncode == 1
    assert b"  FAIL  reads  luahost.yaml:2: " in answer.stdout
    assert b"  OK    5.4\n" in answer.stdout


def test_wrong_usage() -> None:
    """
    A user that there is not is the operator's mistake.
    """
    answer = luahost("doctor", "--mail-user", "nobody-at-all")

    assert answer.returncode == 2
    assert answer.stderr == b"luahost: there is no user nobody-at-all on this machine\n"

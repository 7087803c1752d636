"""
``luahost doctor``: what this machine has.
"""

from __future__ import annotations

import json
import subprocess
import sys

from luahost.runtime import LUA_VERSIONS
from tests.cli.command_line import ROOT, luahost


def test_what_is_here() -> None:
    """
    It names every Lua and every wall of isolation, and its exit code says whether anything is missing.
    """
    answer = luahost("doctor", "--json")
    checks = [json.loads(line) for line in answer.stdout.splitlines()]
    missing = [check for check in checks if check["state"] == "missing"]

    assert {check["name"] for check in checks if check["subject"] == "lua"} == set(LUA_VERSIONS)
    assert {check["subject"] for check in checks} == {"python", "lua", "isolation"}
    assert all(set(check) == {"subject", "name", "state", "detail"} for check in checks)
    assert all(check["detail"] for check in missing)
    assert answer.returncode == (1 if missing else 0)
    assert answer.stderr == b""


def test_where_no_process_can_be_made() -> None:
    """
    Where a worker cannot be started, isolation is missing, with the reason, and the rest is still looked at.
    """
    command = f"ulimit -n 8; exec '{sys.executable}' -m luahost doctor"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False, timeout=60)

    assert b"  missing  worker  no process for the script: " in done.stdout
    assert b"--isolate cannot be used here\n" in done.stdout
    assert b"  ok       5.4\n" in done.stdout
    assert done.stdout.endswith(b"\n1 missing\n")
    assert done.returncode == 1

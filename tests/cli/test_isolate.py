"""
``luahost run --isolate``: the same output, from a process of the script's own.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_line import HANDLER, HELLO, ROOT, effects, luahost


def without_process(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """
    The effects, without the number of the command's process and the time of a request.
    """
    return [{**effect, "process": None, "seconds": None} for effect in effects(done)]


@pytest.mark.parametrize("dialect", ["documented", "2.3", "2.4"])
def test_the_same_effects(dialect: str) -> None:
    """
    The effects of a script do not depend on where it runs.
    """
    script = str(ROOT / "scripts/notify_simple.lua")
    words = ["run", script, HELLO, "--json", "--http", "deny", "-v", "--dialect", dialect]
    words += ["--set", "push_lua_url=http://127.0.0.1:1/"]

    inside, isolated = luahost(*words), luahost(*words, "--isolate")

    assert without_process(isolated) == without_process(inside)
    assert len(effects(isolated)) > 3
    assert (isolated.returncode, isolated.stderr) == (inside.returncode, b"")


def test_killed(script: Path) -> None:
    """
    A function that nothing can stop is killed; the script has failed.
    """
    script.write_text(HANDLER % "(('a'):rep(60)):find(('a-'):rep(30) .. 'b')")
    began = time.monotonic()

    done = luahost("run", str(script), HELLO, "--isolate", "--limit", "call_seconds=0.5", "--json")

    assert done.returncode == 1
    assert [effect["failure"]["limit"] for effect in effects(done) if "failure" in effect] == ["call_seconds"]
    assert time.monotonic() - began < 30


def test_crash(script: Path) -> None:
    """
    A script may crash its Lua. No trust is needed for that.
    """
    script.write_text(HANDLER % "local function g() string.gsub('a', 'a', g) end g()")

    done = luahost("run", str(script), HELLO, "--isolate", "--lua", "luajit", "--json")

    (failure,) = [effect["failure"] for effect in effects(done) if "failure" in effect]
    assert done.returncode == 1
    assert failure["limit"] == "process"
    assert "process died (SIG" in failure["message"]

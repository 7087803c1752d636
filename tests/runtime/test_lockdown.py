"""
The lock-down of a worker, tried by arbitrary Python: as if a script had broken out of Lua.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from luahost.runtime import LUA_VERSIONS, Limits
from luahost.runtime.lockdown import LockdownReport
from luahost.runtime.worker_state import WorkerState, lockdown_report
from tests.runtime.lockdown_probes import HARMLESS, PROBES, SEE_SOMETHING

NOBODY = "65534"


def endings(user: str) -> dict[str, str]:
    """
    How each probe ended.
    """
    program = [sys.executable, str(Path(__file__).with_name("lockdown_probes.py")), user]
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(program, capture_output=True, timeout=60, check=True, env={"PYTHONPATH": root})
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_report() -> None:
    """
    Where the tests run every wall stands, and the report says so.
    """
    report = lockdown_report()

    assert len(report.steps) == 7
    assert report.missing == {}


def test_report_of_what_lacks() -> None:
    """
    A wall that does not stand is told with its reason, also after it has crossed.
    """
    report = LockdownReport({"one": "", "other": "no such thing"})

    assert LockdownReport.of(report.values()) == report
    assert report.missing == {"other": "no such thing"}


@pytest.mark.parametrize("user", [str(os.getuid()), *([NOBODY] if os.getuid() == 0 else [])])
def test_probes(user: str) -> None:
    """
    Nothing is to be had in a locked-down process but memory, the time and the host, whoever it runs as.
    """
    found = endings(user)

    assert {name for name, ending in found.items() if ending == "got it"} == set(HARMLESS)
    assert {ending for name, ending in found.items() if name in PROBES} == {"refused", "SIGSYS"}


def test_probes_see_something() -> None:
    """
    The same probes get what they want where nothing is locked down.
    """
    assert endings("free") == dict.fromkeys(SEE_SOMETHING, "got it")


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_process(lua: str) -> None:
    """
    A worker has one descriptor, no variables of the host's, no rights and no core file, on every Lua.
    """
    state = WorkerState(lua, limits=Limits())
    proc = Path(f"/proc/{state.process}")
    status = dict(
        line.split(":\t") for line in proc.joinpath("status").read_text().splitlines() if ":\t" in line
    )

    assert [entry.name for entry in proc.joinpath("fd").iterdir()] == ["0"]
    assert proc.joinpath("environ").read_bytes().startswith(b"TZ=")
    assert {status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    state.close()

"""
The attempts on the sandbox: all are denied, and the same harness finds them where there is no sandbox.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.escapes.__main__ import main
from tests.escapes.attempt import attempt, attempts
from tests.escapes.exceptions import reason_for
from tests.escapes.outcome import CRASHED, HUNG, RAISED, RETURNED, STOPPED, Outcome, stopped_as_demanded

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "fixtures" / "escapes"


def escapes(*words: str) -> subprocess.CompletedProcess[str]:
    """
    What the command does. It forks, so it has a process of its own.
    """
    command = [sys.executable, "-m", "tests.escapes", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def part(number: int, of: int, folder: Path) -> Path:
    """
    A folder with every so-many-th of the attempts.
    """
    for path in sorted(FOLDER.rglob("*.lua"))[number::of]:
        (folder / path.name).symlink_to(path)
    return folder


PARTS = 2


@pytest.mark.parametrize("number", range(PARTS))
def test_all_are_denied(number: int, tmp_path: Path) -> None:
    """
    In process and on Lua 5.4, every attempt that this tier promises to stop is stopped as its header demands.
    """
    done = escapes(str(part(number, PARTS, tmp_path)), "--lua", "5.4")

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    *_, last = done.stdout.splitlines()
    assert last.startswith("denied: ")


def on(*luas: str) -> list[str]:
    """
    The command's words for these versions.
    """
    return [word for lua in luas for word in ("--lua", lua)]


def test_other_versions(tmp_path: Path) -> None:
    """
    So are some on the others; `make escapes` makes them all.
    """
    done = escapes(str(part(7, 16, tmp_path)), *on("5.1", "5.2", "5.3", "5.5", "luajit"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(["5.1", "5.2", "5.3", "5.5", "luajit", "total"]), done.stdout


def test_worker(tmp_path: Path) -> None:
    """
    In the worker those are stopped too that only it promises to stop.
    """
    done = escapes(str(part(3, 12, tmp_path)), "--tier", "worker", *on("5.1", "5.4", "luajit"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(["5.1", "5.4", "luajit", "total"]), done.stdout


def test_the_harness_is_not_blind(tmp_path: Path) -> None:
    """
    In a naive set-up many of the same attempts get through, hang or crash.
    """
    done = escapes(str(part(0, 6, tmp_path)), "--lua", "5.4", "--control", "defaults", "--json")
    *lines, total = [json.loads(line) for line in done.stdout.splitlines()]
    found = [line for line in lines if "attempt" in line and not line["denied"]]

    assert done.returncode == 1
    assert total["of"] - total["denied"] == len(found) >= total["of"] // 5
    assert {line["end"] for line in found} >= {RETURNED, HUNG}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "nowhere has no attempts"),
        (["fixtures/escapes", "--tier", "other"], "invalid choice"),
        (["fixtures/escapes", "--lua", "6"], "invalid choice"),
    ],
)
def test_wrong_usage(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    What cannot be done is said.
    """
    try:
        status: object = main(words)
    except SystemExit as end:
        status = end.code

    assert status == 2
    assert says in capsys.readouterr().err


def ended(end: str, words: str = "", **more: Any) -> Outcome:
    """
    An outcome after which an honest script ran.
    """
    return Outcome(end, words, **{"alive": True, **more})


@pytest.mark.parametrize(
    ("check", "outcome", "denied"),
    [
        ("deny", ended(RETURNED, "DENIED"), True),
        ("deny", ended(RETURNED, "ESCAPED: x"), False),
        ("deny", ended(RAISED, "ESCAPED?"), True),
        ("deny", ended(RETURNED, "DENIED", alive=False), False),
        ("deny", ended(HUNG), False),
        ("deny", ended(CRASHED), False),
        ("killed", ended(STOPPED, "call_seconds"), True),
        ("killed", ended(STOPPED, "memory_bytes"), False),
        ("killed", ended(RETURNED), False),
        ("killed", ended(STOPPED, "call_seconds", after_stop=True), False),
        ("memory", ended(STOPPED, "memory_bytes"), True),
        ("memory", ended(RAISED, "x:1: stack overflow"), True),
        ("memory", ended(RAISED, "other"), False),
        ("memory", ended(STOPPED, "memory_bytes", growth_kib=10**6), False),
        ("survive", ended(RETURNED, "ESCAPED"), True),
        ("survive", ended(RETURNED, alive=False), False),
    ],
)
def test_verdicts(check: str, outcome: Outcome, denied: bool) -> None:
    """
    What a header demands is what is judged.
    """
    assert stopped_as_demanded(check, outcome) is denied


def test_an_exception_is_for_what_it_names() -> None:
    """
    An exception does not excuse what another attempt finds, or what comes after it.
    """
    walk = attempt(FOLDER / "029-walk-everything.lua")
    other = attempt(FOLDER / "001-python-global.lua")
    found = Outcome(RETURNED, "ESCAPED: socket", alive=True)

    assert reason_for(walk, Outcome(RETURNED, "ESCAPED: _G.os.exit", alive=True))
    assert reason_for(walk, Outcome(RETURNED, "ESCAPED: _G.os.execute", alive=True)) is None
    assert reason_for(walk, Outcome(RETURNED, "ESCAPED: _G.os.exit", alive=False)) is None
    assert reason_for(other, found) is None


def test_headers() -> None:
    """
    Headers are read: check, tier and versions.
    """
    by_name = {each.name: each for each in attempts(FOLDER)}

    assert by_name["086-c-find-pathological"].tiers == ("worker",)
    assert by_name["061-spin-pcall"].check == "killed"
    assert len(by_name["061-spin-pcall"].versions) == 6


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("-- title: x\n", "the header wants"),
        ("-- check: deny\n-- tier: third\n", "the header wants"),
        ("-- check: deny\n-- versions: 6.0\n", "names no Lua"),
    ],
)
def test_bad_headers(header: str, says: str, tmp_path: Path) -> None:
    """
    A file without a proper header is no attempt.
    """
    (tmp_path / "x.lua").write_text(header)

    with pytest.raises(ValueError, match=says):
        attempts(tmp_path)

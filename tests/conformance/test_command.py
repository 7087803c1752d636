"""
``python -m tests.conformance`` as somebody else's recordings meet it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conformance.records import FIXTURES, Record

ROOT = Path(__file__).parents[2]


def conformance(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """
    Run the command.
    """
    command = [sys.executable, "-m", "tests.conformance", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def recordings(folder: Path, *records: Record) -> Path:
    """
    A folder with the records of one scenario, and the messages that they name.
    """
    (folder / "2.4.1").mkdir(parents=True)
    text = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "2.4.1" / "lifecycle.jsonl").write_text(text, "utf-8")
    shutil.copytree(FIXTURES / "messages", folder / "messages")
    return folder


def lifecycle() -> list[Record]:
    """
    Recorded steps of a session: delivery, delivery, login, and commands that change nothing.
    """
    lines = (FIXTURES / "2.4.1" / "lifecycle.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines[:5]]


def test_totals(tmp_path: Path) -> None:
    """
    The last line of each scenario and of all says how many records are identical.
    """
    run = conformance(recordings(tmp_path / "all", *lifecycle()))

    assert run.stdout.splitlines() == ["2.4.1 lifecycle identical: 5 of 5", "total identical: 5 of 5"]
    assert (run.returncode, run.stderr) == (0, "")


def test_a_difference_is_shown_from_both_sides(tmp_path: Path) -> None:
    """
    What Dovecot did and what luahost did stand one below the other, and the exit code is 1.
    """
    first, *others = lifecycle()
    first["calls"][2]["user"] = "alice"
    run = conformance(recordings(tmp_path / "all", first, *others))

    said = run.stdout.splitlines()
    assert said[:2] == ["2.4.1 lifecycle step 1 (n01)", "  calls[2]"]
    assert said[2].startswith("    Dovecot: ")
    assert '"user": "alice"' in said[2]
    assert said[3].startswith("    luahost: ")
    assert '"user": "bob"' in said[3]
    assert said[-1] == "total identical: 4 of 5"
    assert run.returncode == 1


def test_a_withheld_record_is_replayed_and_not_scored(tmp_path: Path) -> None:
    """
    The state goes on through it: the message that it delivered is there for those after it.
    """
    first, *others = lifecycle()
    withheld = {"step": first["step"], "op": first["op"], "withheld": True}
    run = conformance(recordings(tmp_path / "all", withheld, *others))

    assert run.stdout.splitlines() == ["2.4.1 lifecycle identical: 4 of 4", "total identical: 4 of 4"]


def test_json(tmp_path: Path) -> None:
    """
    Programs get an object for each record and each total.
    """
    folder = recordings(tmp_path / "all", *lifecycle())
    run = conformance(folder, "--version", "2.4.1", "--scenario", "lifecycle", "--json")

    *records, scenario, total = map(json.loads, run.stdout.splitlines())
    assert records[0] == {"version": "2.4.1", "scenario": "lifecycle", "step": 1, "identical": True}
    assert scenario == {"of": "2.4.1 lifecycle", "identical": 5, "scored": 5}
    assert total == {"of": "total", "identical": 5, "scored": 5}


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    """
    A wrong path is told as what was looked for.
    """
    run = conformance(tmp_path / "nowhere")

    assert run.returncode == 2
    assert run.stderr.startswith(
        f"conformance: no recordings: there is no {tmp_path}/nowhere/<version>/*.jsonl"
    )


def test_a_line_that_is_no_record(tmp_path: Path) -> None:
    """
    A broken file is told with its line.
    """
    folder = recordings(tmp_path / "all", *lifecycle())
    file = folder / "2.4.1" / "lifecycle.jsonl"
    file.write_text(file.read_text("utf-8") + "{oops\n", "utf-8")
    run = conformance(folder)

    assert run.returncode == 2
    assert run.stderr.startswith(f"conformance: {file}:6: no record: ")

"""
The workloads under callgrind: started, and what it has counted read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.build import MissingError, built
from benchmarks.guard.workloads import SIZES

MARKS = Path(__file__).with_name("marks.c")
VALGRIND_HEADER = Path("/usr/include/valgrind/callgrind.h")

_TRIGGER = re.compile(r"^desc: Trigger: Client Request: (\w+)$", re.MULTILINE)
_TOTALS = re.compile(r"^(?:summary|totals): (\d+)$", re.MULTILINE)


def counts() -> dict[str, int]:
    """
    Instructions of each workload, for one of what it has many of.

    Raises:
        MissingError: There is no valgrind, or nothing that compiles C; it says what to install.
        RuntimeError: The workloads did not run to their end, or callgrind wrote nothing; with its words.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None or not VALGRIND_HEADER.exists():
        raise MissingError("valgrind", "it counts instructions")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        marks = built(MARKS, folder / "marks.so", "-shared", "-fPIC")
        command = [
            valgrind,
            "--tool=callgrind",
            "--instr-atstart=no",
            f"--callgrind-out-file={folder}/counted",
            sys.executable,
            "-m",
            "benchmarks.guard.workloads",
            str(marks),
        ]
        # Sets and dicts in the same order each time, and modules compiled once: neither is what is counted.
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        found = dict(filter(None, map(_read, sorted(folder.glob("counted.*")))))
    if done.returncode or set(found) != set(SIZES):
        raise RuntimeError(f"the workloads did not run to their end under callgrind:\n{done.stderr}")
    return {name: found[name] // size for name, size in SIZES.items()}


def _read(file: Path) -> tuple[str, int] | None:
    """
    Which workload a file of callgrind's is about, and its instructions; None for what it writes at the end.
    """
    text = file.read_text("utf-8", "replace")
    trigger, totals = _TRIGGER.search(text), _TOTALS.search(text)
    return (trigger[1], int(totals[1])) if trigger and totals else None

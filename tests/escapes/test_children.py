"""
Children that make several attempts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

SEVEN = """
import json, os, signal
from tests.escapes.children import outcomes
from tests.escapes.outcome import RETURNED, Outcome

def hang():
    signal.pause()

def crash():
    os.kill(os.getpid(), signal.SIGSEGV)

def fine():
    return Outcome(RETURNED, str(os.getpid()))

work = [("a", fine), ("b", crash), ("c", fine), ("d", hang), ("e", fine), ("f", fine), ("g", fine)]
for key, outcome in outcomes(work, jobs=1, patience=2, together=6):
    print(json.dumps([key, outcome.end, outcome.words]))
"""


def test_what_ends_a_child_ends_no_other_attempt() -> None:
    """
    Each has its outcome: the one that crashes its process, the one that hangs, and those after them.
    """
    run = subprocess.run([sys.executable, "-c", SEVEN], cwd=ROOT, capture_output=True, text=True, check=True)

    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(key, end) for key, end, _ in found] == [
        ("a", "returned"),
        ("b", "crashed"),
        ("c", "returned"),
        ("d", "hung"),
        ("e", "returned"),
        ("f", "returned"),
        ("g", "returned"),
    ]
    processes = {key: words for key, _, words in found}
    assert processes["b"] == "SIGSEGV"
    assert processes["e"] == processes["f"] != processes["c"]
    assert processes["g"] != processes["f"]

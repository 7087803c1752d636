"""
The results: a JSON file with every part's figures, and the machine that they are from. A part that is
measured again replaces its own figures and leaves the others as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"

Results = dict[str, dict[str, Any]]
"""By part: ``when``, ``took_seconds``, ``complete``, ``commit``, ``machine`` and ``found``."""


def read(folder: Path = FOLDER) -> Results:
    """
    What is there.
    """
    file = folder / "results.json"
    found: Results = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def replaced(part: str, new: Mapping[str, Any], folder: Path = FOLDER) -> Results:
    """
    Write a part's new figures; answers all that is there then.
    """
    results = read(folder) | {part: dict(new)}
    folder.mkdir(exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    # In one step: who is interrupted here has the results of before.
    new_file = folder / "results.json.new"
    new_file.write_text(text + "\n", "utf-8")
    new_file.replace(folder / "results.json")
    return results

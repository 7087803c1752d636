"""
The scenarios of the scripts that ship as examples.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.testing import RunOptions
from luahost.testing.collect import find, load_all

ROOT = Path(__file__).parents[2]
# Lua shortens long paths in messages, so they are named as from the working directory.
SCRIPTS = Path(os.path.relpath(ROOT / "scripts"))


PUSH_SCRIPTS = [path for path in sorted(SCRIPTS.glob("*.lua")) if not path.stem.endswith("_spec")]


@pytest.mark.parametrize("script", PUSH_SCRIPTS, ids=lambda path: path.stem)
def test_every_script_passes_its_scenarios(script: Path, isolate: bool) -> None:
    """
    Each script has scenarios, and does what they say.
    """
    cases = load_all([f"{script.with_suffix('')}.luatest.yaml"], RunOptions(isolate=isolate))
    outcomes = [case.run() for case in cases]

    assert cases
    assert [outcome.report for outcome in outcomes if outcome.result != "passed"] == []


def test_no_scenario_is_forgotten() -> None:
    """
    Every scenario file is some script's.
    """
    assert {Path(file).name.partition(".")[0] for file in find([str(SCRIPTS)])} <= {
        script.stem for script in SCRIPTS.glob("*.lua")
    }

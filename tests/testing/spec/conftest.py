"""
What tests of specs have: a script and a spec beside it, run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from luahost.testing import Outcome, RunOptions
from luahost.testing.spec import load

LISTENER = Path(__file__).parent.parent / "listener.lua"


class RunSpec(Protocol):
    """
    What ``run_spec`` is.
    """

    def __call__(self, source: str, *, script: str | None = None, **options: Any) -> Sequence[Outcome]:
        """
        The outcomes of the tests of a spec of a script; without one of a script that logs what it hears.
        """


@pytest.fixture
def run_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSpec:
    """
    Runs ``push_spec.lua`` beside ``push.lua``.
    """
    # Paths in messages are short from here.
    monkeypatch.chdir(tmp_path)

    def run(source: str, *, script: str | None = None, **options: Any) -> Sequence[Outcome]:
        text = LISTENER.read_text("utf-8") if script is None else script
        (tmp_path / "push.lua").write_text(text, "utf-8")
        (tmp_path / "push_spec.lua").write_text(source, "utf-8")
        return [case.run() for case in load("push_spec.lua", RunOptions(**options))]

    return run


def report(outcome: Outcome) -> str:
    """
    What is wrong with it, for a test that shows it.
    """
    return f"{outcome.result}\n{outcome.report}"

"""
How outcomes are shown.
"""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest

from luahost.cli.outcomes import PROGRESS_SECONDS, JsonShow, TextShow, annotation
from luahost.effects import Log
from luahost.testing import Outcome, Problem
from luahost.testing.outcome import Result
from luahost.testing.run import Tally


class Terminal(io.StringIO):
    """
    A stream that is a terminal.
    """

    def isatty(self) -> bool:
        """
        It is.
        """
        return True


def outcome(result: Result, *problems: Problem, reason: str = "") -> Outcome:
    """
    An outcome with this result.
    """
    effects = (Log(level="info", text="lua: Hi"),)
    return Outcome(
        file="a.luatest.yaml",
        name="x",
        line=3,
        result=result,
        problems=problems,
        reason=reason,
        effects=effects,
    )


BAD = Problem(message="no\x1b[0m", file="a.luatest.yaml", line=7, detail='    - "a"\n    + "b"')


def test_a_terminal_sees_progress_and_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    On a terminal a line says how far the run is, not too often, and goes when there is something to say.
    """
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    times = iter((0.0, PROGRESS_SECONDS / 2, PROGRESS_SECONDS, PROGRESS_SECONDS, 1.0, 1.0))
    show = TextShow(stream, now=lambda: next(times))
    counts: Counter[Result] = Counter({"passed": 1})

    show.outcome(show.words(outcome("passed")), Tally(3, counts))
    show.outcome(show.words(outcome("passed")), Tally(3, counts))
    counts["failed"] += 1
    show.outcome(show.words(outcome("failed", BAD)), Tally(3, counts))
    show.end(Tally(3, counts, 0.5))

    shown = stream.getvalue()
    assert shown.startswith("1 of 3\r\x1b[K\x1b[31mFAILED \x1b[0m \x1b[1ma.luatest.yaml::x\x1b[0m\n")
    assert "  a.luatest.yaml:7: no\\x1b[0m\n" in shown
    assert '\x1b[32m    - "a"\x1b[0m' in shown
    assert shown.endswith("2 of 3, 1 failed\r\x1b[K\x1b[31m1 failed, 1 passed, 1 not run\x1b[0m in 0.50 s\n")


def test_a_file_sees_neither() -> None:
    """
    What goes to a file or a pipe has no colours and no progress; pending tests are named with their reason.
    """
    stream = io.StringIO()
    show = TextShow(stream, verbose=True, now=lambda: next(iter((0.0,))))
    counts: Counter[Result] = Counter({"passed": 1, "pending": 1})
    show.outcome(show.words(outcome("passed")), Tally(2, counts))
    show.outcome(show.words(outcome("pending", reason="later")), Tally(2, counts))
    show.end(Tally(2, counts, 0.5, interrupted=True))

    assert stream.getvalue() == (
        "passed  a.luatest.yaml::x  0 ms\n"
        "pending a.luatest.yaml::x  later\n"
        "1 passed, 1 pending, interrupted after 2 of 2 in 0.50 s\n"
    )


def test_annotations_for_github() -> None:
    """
    A problem becomes a workflow command with its place; nothing in it ends the command or begins another.
    """
    problem = Problem(message="50% of\n::error::x", file="a,b:c.yaml", line=7, detail="- a\n+ b")

    assert annotation(outcome("failed", problem), problem) == (
        "::error file=a%2Cb%3Ac.yaml,line=7,title=a.luatest.yaml%3A%3Ax::50%25 of%0A::error::x%0A- a%0A+ b"
    )
    placed = Problem(message="no", file="a.yaml", line=7, column=5)
    assert annotation(outcome("error", placed), placed).startswith("::error file=a.yaml,line=7,col=5,title=")


def test_json() -> None:
    """
    Programs get a line for each test and one for the sum.
    """
    stream = io.StringIO()
    show = JsonShow(stream)
    counts: Counter[Result] = Counter({"failed": 1})
    show.outcome(show.words(outcome("failed", BAD)), Tally(1, counts))
    show.coverage("a table", 93.333333, "too little")
    show.end(Tally(1, counts, 0.5))

    test, coverage, summary = map(json.loads, stream.getvalue().splitlines())
    assert test == {
        "test": "a.luatest.yaml::x",
        "file": "a.luatest.yaml",
        "name": "x",
        "line": 3,
        "result": "failed",
        "seconds": 0.0,
        "problems": [
            {"message": "no\x1b[0m", "file": "a.luatest.yaml", "line": 7, "detail": '    - "a"\n    + "b"'}
        ],
        "effects": [{"effect": "log", "level": "info", "text": "lua: Hi", "prefix": "", "source": "script"}],
    }
    assert coverage == {"coverage": {"percent": 93.33, "complaint": "too little"}}
    assert summary == {
        "summary": {
            "failed": 1,
            "error": 0,
            "passed": 0,
            "pending": 0,
            "not_run": 0,
            "interrupted": False,
            "seconds": 0.5,
        }
    }

"""
Running cases one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from luahost.testing import Outcome
from luahost.testing.outcome import Case, Result
from luahost.testing.run import Tally, run


@dataclass(frozen=True)
class Known:
    """
    A case whose result is known.
    """

    result: Result
    file: str = "a.luatest.yaml"
    name: str = "a"
    variant: str = ""
    line: int = 1

    def run(self) -> Outcome:
        """
        That result.
        """
        return Outcome(file=self.file, name=self.name, line=self.line, result=self.result)


CASES: dict[str, Result] = {"p": "passed", "f": "failed", "e": "error", "w": "pending"}


def result(outcome: Outcome) -> str:
    """
    What there is to say of an outcome here.
    """
    return outcome.result


def cases(letters: str) -> list[Case]:
    """
    ``pf``: a case that passes and one that fails.
    """
    return [Known(CASES[letter]) for letter in letters]


@pytest.mark.parametrize(
    ("letters", "code"), [("", 0), ("p", 0), ("pw", 0), ("w", 0), ("pf", 1), ("fe", 2), ("pe", 2)]
)
def test_exit_codes(letters: str, code: int) -> None:
    """
    0 if nothing failed, 1 if the script did, 2 if a test is broken.
    """
    heard: list[str] = []
    tally = run(cases(letters), words=result, heard=lambda said, tally: heard.append(said))

    assert tally.exit_code == code
    assert heard == [CASES[letter] for letter in letters]
    assert tally.done == len(letters)


@pytest.mark.parametrize(("letters", "done"), [("pfp", 2), ("pep", 2), ("pwp", 3)])
def test_the_first_failure_can_end_it(letters: str, done: int) -> None:
    """
    Nothing is run behind a failure, if asked.
    """
    tally = run(cases(letters), words=result, heard=lambda said, tally: None, first_failure_ends=True)

    assert tally.done == done


def test_somebody_has_had_enough() -> None:
    """
    It ends between two cases if asked to, which is no success.
    """
    heard: list[Tally] = []
    tally = run(
        cases("ppp"),
        words=result,
        heard=lambda said, tally: heard.append(tally),
        stopped=lambda: len(heard) == 2,
    )

    assert (tally.done, tally.total, tally.interrupted, tally.exit_code) == (2, 3, True, 2)

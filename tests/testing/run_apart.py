"""
Cases that end in every way, run by several processes: ``python -m tests.testing.run_apart LETTERS [-x]``.

In a process of its own, since one that runs tests has threads and must not fork. Writes what is heard and
what the tally is, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luahost.testing import Coverage, Outcome
from luahost.testing.outcome import Result
from luahost.testing.run import run

RESULTS: dict[str, Result] = {"p": "passed", "f": "failed", "e": "error", "w": "pending"}

HOST = os.getpid()


@dataclass(frozen=True)
class Known:
    """
    A case of a known kind: ``RESULTS``, ``k`` is killed, ``x`` leaves, ``r`` raises an error, ``i`` sends its
    host what Ctrl-C sends, ``l`` has much to say, and ``m`` measures what cannot be told.
    """

    letter: str
    name: str
    coverage: Coverage
    file: str = "a.luatest.yaml"
    variant: str = ""
    line: int = 7

    def run(self) -> Outcome:
        """
        What its letter says.
        """
        self.coverage.add_faults({self.letter: 1})
        match self.letter:
            case "k":
                os.kill(os.getpid(), signal.SIGKILL)
            case "x":
                os._exit(3)
            case "m":
                self.coverage.add_faults({object(): 1})  # type: ignore[dict-item]
            case "r":
                raise LookupError(self.name)
            case "i":
                os.kill(HOST, signal.SIGINT)
        return Outcome(
            file=self.file,
            name=self.name,
            line=self.line,
            result=RESULTS.get(self.letter, "passed"),
            reason="\udcff" * 300_000 if self.letter == "l" else "",
        )


def main(letters: str, *, first_failure_ends: bool) -> dict[str, Any]:
    """
    Run them; answers what is written.
    """
    coverage = Coverage()
    heard: list[str] = []
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: stopped.append(number))

    def words(outcome: Outcome) -> str:
        problems = "".join(f": {problem.text}" for problem in outcome.problems)
        return f"{outcome.name} {outcome.result}{problems}{len(outcome.reason) or ''}"

    try:
        tally = run(
            [Known(letter, f"{letter}{number}", coverage) for number, letter in enumerate(letters)],
            words=words,
            heard=lambda said, tally: heard.append(said),
            first_failure_ends=first_failure_ends,
            stopped=lambda: bool(stopped),
            jobs=3,
            coverage=coverage,
        )
    except LookupError as error:
        return {"heard": heard, "raised": str(error)}
    return {
        "heard": heard,
        "done": tally.done,
        "interrupted": tally.interrupted,
        "exit_code": tally.exit_code,
        "faults": coverage.faults,
    }


def apart(letters: str, *options: str) -> dict[str, Any]:
    """
    The same, for tests.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.testing.run_apart", letters, *options],
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        check=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    json.dump(main(sys.argv[1], first_failure_ends="-x" in sys.argv), sys.stdout)

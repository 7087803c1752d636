"""
``python -m benchmarks [--rounds N] [--seconds S] [PART …]``: measure, print, and write results and pages.

Figures go to ``benchmarks/results/`` (``results.json``, ``results.md``, ``growth.svg``), what was asked to
``docs/performance.md``. Figures are written as soon as they are measured, so that a run that is interrupted
keeps those it has. ``--show`` writes the pages anew from what was measured before.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import ledger, plot, report
from benchmarks.machine import described
from benchmarks.measure import FEWEST_ROUNDS, Options
from benchmarks.parts import PARTS

INTERRUPTED = 130
"""The exit code that shells have for Ctrl-C."""

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


def main() -> int:
    """
    The command; answers its exit code, which is 0 also where a target is missed: the figures are the answer.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="parts:\n" + "\n".join(f"  {name:9} {words}" for name, words in PARTS.items()),
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="what to measure; everything if none is named"
    )
    parser.add_argument("--rounds", type=int, default=9, help="how often each has its turn (default 9)")
    parser.add_argument(
        "--seconds", type=float, default=0.1, help="how long a turn is at least (default 0.1)"
    )
    parser.add_argument("--show", action="store_true", help="measure nothing; write the pages anew")
    arguments = parser.parse_args()
    if unknown := [part for part in arguments.parts if part not in PARTS]:
        parser.error(f"no part {unknown[0]}; there are {', '.join(PARTS)}")
    if arguments.rounds < 1:
        parser.error("--rounds is 1 at least")
    if arguments.rounds < FEWEST_ROUNDS:
        sys.stderr.write(
            f"{arguments.rounds} rounds are for trying out; figures to keep take {FEWEST_ROUNDS}\n"
        )
    if not arguments.show:
        options = Options(rounds=arguments.rounds, seconds=arguments.seconds)
        # Asked before the first result is written, which changes the tree.
        commit = _commit()
        try:
            for part in arguments.parts or PARTS:
                _measure(part, options, commit)
        except KeyboardInterrupt:
            _pages(ledger.read())
            sys.stderr.write("interrupted; what was measured until then is kept\n")
            return INTERRUPTED
    _pages(ledger.read())
    return 0


def _measure(part: str, options: Options, commit: str) -> None:
    sys.stdout.write(f"{part}: {PARTS[part]}\n")
    began = time.monotonic()
    measured: dict[str, Any] = {
        "when": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit,
        "rounds": options.rounds,
        "took_seconds": 0.0,
        "complete": False,
        "machine": described(),
        "found": [],
    }
    for each in importlib.import_module(f"benchmarks.parts.{part}").found(options):
        measured["found"].append(each.to_json())
        measured["took_seconds"] = round(time.monotonic() - began, 1)
        ledger.replaced(part, measured)
        sys.stdout.write(report.line(measured["found"][-1]) + "\n")
        sys.stdout.flush()
    measured["complete"] = True
    ledger.replaced(part, measured)


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, cwd=PAGE.parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _pages(found: ledger.Results) -> None:
    ordered = {part: found[part] for part in PARTS if part in found}
    series = [each for part in ordered.values() for each in part["found"] if "points" in each]
    if series:
        (ledger.FOLDER / "growth.svg").write_text(plot.growth(series), "utf-8")
    (ledger.FOLDER / "results.md").write_text(report.results_page(ordered), "utf-8")
    PAGE.write_text(report.performance_page(ordered, list(PARTS)), "utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""
``python -m benchmarks.guard [--update]``: count, and compare with what is kept; or keep what was counted.

Exit code 0 if no workload takes more than the band allows, 1 if one does, 2 if nothing could be counted.
Where nothing is kept for this interpreter there is nothing to compare with, and that is said.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.build import MissingError
from benchmarks.guard.callgrind import counts
from benchmarks.guard.counts import BAND, Compared, compared, interpreter, keep, kept

WHAT = {
    "transaction": "transaction of one event",
    "flags": "flag event of 2,000",
    "session": "session, begun and ended",
}


def main() -> int:
    """
    The command; answers its exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard")
    parser.add_argument("--update", action="store_true", help="keep what is counted now")
    update = parser.parse_args().update
    here = interpreter()
    try:
        now = counts()
    except (MissingError, RuntimeError) as error:
        sys.stderr.write(f"make guard: {error}\n")
        return 2
    if update:
        keep(now, here)
        for name, count in now.items():
            sys.stdout.write(f"{WHAT[name]:26} {count:>12,} instructions, kept for {here}\n")
        return 0
    if here not in kept():
        sys.stderr.write(
            f"make guard: not compared: no counts are kept for {here}; to keep them: make guard-update\n"
        )
        return 0
    found = compared(now, kept()[here])
    for each in found:
        sys.stdout.write(f"{_line(each)}\n")
    return int(any(each.verdict == "more" for each in found))


def _line(each: Compared) -> str:
    """
    A workload for the terminal.
    """
    words = (
        f"{WHAT[each.name]:26} {each.now:>12,} instructions, {each.change:+7.1%} to the {each.kept:,} kept"
    )
    match each.verdict:
        case "more":
            words += (
                f": more than {BAND:.0%}. Make it leaner, or say why it must be so and: make guard-update"
            )
        case "fewer":
            words += ": fewer, so that what is kept guards no more; make guard-update"
    return words


if __name__ == "__main__":
    sys.exit(main())

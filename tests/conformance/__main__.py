"""
``python -m tests.conformance DIR``: replay recordings of real Dovecots and compare.

Each record's operation goes through luahost's mail store and the script of that moment; calls, log lines,
named events and HTTP requests are compared with what the real server did. Records whose outcome is withheld
are replayed, as the state goes on, and not scored. Prints each difference, and ``identical: N of M`` for
each scenario and, as the last line, for all.

Exit codes: 0 everything is identical but what ``exceptions.yaml`` lists, 1 something else differs, 2 wrong
usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tests.conformance.exceptions import exceptions
from tests.conformance.records import DIALECTS, Scenario, scenarios
from tests.conformance.score import Scored, replay


def main(words: list[str]) -> int:
    """
    The command.
    """
    options = parser().parse_args(words)
    try:
        chosen = scenarios(options.folder, version=options.version, name=options.scenario)
        return report(chosen, as_json=options.json)
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`). The signal stays ignored: servers and clients that hang
        # up on each other send it too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except (OSError, ValueError) as error:
        say(f"conformance: {error}", to=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """
    Its arguments.
    """
    found = argparse.ArgumentParser(prog="python -m tests.conformance", description=(__doc__ or "").strip())
    found.add_argument(
        "folder", metavar="DIR", type=Path, help="where VERSION/SCENARIO.jsonl and messages/ lie"
    )
    found.add_argument("--version", choices=DIALECTS, help="only this version")
    found.add_argument("--scenario", metavar="NAME", help="only this scenario")
    found.add_argument("--json", action="store_true", help="one JSON object a record, and one for each total")
    return found


def report(chosen: list[Scenario], *, as_json: bool) -> int:
    """
    Replay and print. The exit code.
    """
    reasons = exceptions()
    identical = total = unexpected = 0
    for scenario in chosen:
        good = all_of_it = 0
        for scored in replay(scenario):
            if scored.identical is not None:
                all_of_it += 1
                good += scored.identical
            reason = reasons.get((scenario.version, scenario.name, scored.step))
            unexpected += scored.identical is False and reason is None
            show(scored, reason, as_json=as_json)
        show_total(f"{scenario.version} {scenario.name}", good, all_of_it, as_json=as_json)
        identical, total = identical + good, total + all_of_it
    show_total("total", identical, total, as_json=as_json)
    return 1 if unexpected else 0


def show(scored: Scored, reason: str | None, *, as_json: bool) -> None:
    """
    One record.
    """
    if as_json:
        say(json.dumps(scored.to_json(reason), ensure_ascii=False))
    elif scored.identical is False:
        for line in differing(scored, reason):
            say(line)


def differing(scored: Scored, reason: str | None) -> Iterator[str]:
    """
    A record's differences, readable.
    """
    op = scored.record["op"]
    what = op.get("case") or op.get("cmd") or op.get("message") or op.get("note") or ""
    where = f"{scored.scenario.version} {scored.scenario.name} step {scored.step}"
    yield f"{where} ({what})" + (f": expected, {reason}" if reason else "")
    for difference in scored.differences:
        yield f"  {difference.part}"
        for who, value in (("Dovecot", difference.dovecot), ("luahost", difference.luahost)):
            text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
            yield f"    {who}: {text}"


def say(line: str, *, to: TextIO | None = None) -> None:
    """
    A line on standard output, or elsewhere, at once.
    """
    stream = to or sys.stdout
    stream.write(line + "\n")
    stream.flush()


def show_total(name: str, identical: int, total: int, *, as_json: bool) -> None:
    """
    One total.
    """
    if as_json:
        say(json.dumps({"of": name, "identical": identical, "scored": total}))
    else:
        say(f"{name} identical: {identical} of {total}")


def keep_scripts_off_the_output() -> None:
    """
    What a script writes to ``io.stdout`` goes nowhere, as in Dovecot; what the command says does not.
    """
    sys.stdout = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)


if __name__ == "__main__":
    keep_scripts_off_the_output()
    sys.exit(main(sys.argv[1:]))

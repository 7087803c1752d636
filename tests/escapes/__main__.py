"""
``python -m tests.escapes DIR``: make every attempt on the sandbox that lies in a folder.

Prints a line for each that was not stopped as its header demands, and ``denied: N of M`` for each Lua and,
as the last line, for all. Where luahost promises what an attempt takes for an escape, ``exceptions.yaml``
says why that is none; such an attempt is shown too and counts as denied.

After each attempt the process that made it has to run an honest script. What runs in workers comes from few
processes. Attempts that the tier does not
promise to stop are left out. HTTP is denied, so only limits stop requests.

Exit codes: 0 all were denied, 1 some were not, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from luahost.runtime import LUA_VERSIONS
from tests.escapes.attempt import Attempt, attempts
from tests.escapes.canary import canary
from tests.escapes.children import PATIENCE_SECONDS, outcomes
from tests.escapes.control import naive
from tests.escapes.exceptions import reason_for
from tests.escapes.outcome import CRASHED, HUNG, Outcome, stopped_as_demanded
from tests.escapes.sandbox import attempted, prepare
from tests.escapes.server import attempted_in_server

TIERS = ("in-process", "worker", "server")
SERVER_PATIENCE_SECONDS = 40.0
"""Each attempt starts workers of its own."""
IN_WORKERS_TOGETHER = 12
"""Attempts from one process, one after the other, each in a worker of its own as a host has them."""
CONTROLS = ("defaults", "trimmed")
CONTROL_PATIENCE_SECONDS = 0.5

Work = tuple[tuple[str, Attempt], Callable[[], Outcome]]


def main(words: list[str]) -> int:
    """
    The command.
    """
    options = parser().parse_args(words)
    try:
        found = attempts(options.folder)
    except (OSError, ValueError) as error:
        return complain(str(error))
    with canary() as port:
        return report(found, options, port)


def parser() -> argparse.ArgumentParser:
    """
    Its arguments.
    """
    found = argparse.ArgumentParser(prog="python -m tests.escapes", description=(__doc__ or "").strip())
    found.add_argument("folder", metavar="DIR", type=Path, help="where the attempts lie (*.lua)")
    found.add_argument("--tier", choices=TIERS, default="in-process", help="(default: %(default)s)")
    found.add_argument(
        "--lua", choices=LUA_VERSIONS, action="append", help="only this Lua; may be given again"
    )
    found.add_argument(
        "--json", action="store_true", help="one JSON object an attempt, and one for each total"
    )
    found.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="attempts at a time")
    found.add_argument(
        "--control",
        choices=CONTROLS,
        help="not in luahost but in a naive set-up of lupa's, to see that the attempts find something",
    )
    return found


def report(found: list[Attempt], options: argparse.Namespace, port: int) -> int:
    """
    Make the attempts and print. The exit code.
    """
    denied: dict[str, int] = {}
    totals: dict[str, int] = {}
    patience = SERVER_PATIENCE_SECONDS if options.tier == "server" else PATIENCE_SECONDS
    patience = CONTROL_PATIENCE_SECONDS if options.control else patience
    together = IN_WORKERS_TOGETHER if options.tier == "worker" and not options.control else 1
    done = outcomes(
        work(found, options, port), jobs=max(options.jobs, 1), patience=patience, together=together
    )
    for (lua, attempt), outcome in done:
        stopped = stopped_as_demanded(attempt.check, outcome)
        reason = None if stopped or options.control else reason_for(attempt, outcome)
        totals[lua] = totals.get(lua, 0) + 1
        denied[lua] = denied.get(lua, 0) + (stopped or reason is not None)
        show(lua, attempt, outcome, stopped, reason, as_json=options.json)
    for lua in totals:
        show_total(lua, denied[lua], totals[lua], as_json=options.json)
    show_total("total", sum(denied.values()), sum(totals.values()), as_json=options.json)
    return 0 if denied == totals else 1


def work(found: list[Attempt], options: argparse.Namespace, port: int) -> Iterator[Work]:
    """
    What is to be done.
    """
    for lua in options.lua or LUA_VERSIONS:
        if options.tier == "in-process" and not options.control:
            prepare(lua)
        for attempt in found:
            # The server's workers promise what any worker does.
            promised = "worker" if options.tier == "server" else options.tier
            if lua not in attempt.versions or promised not in attempt.tiers:
                continue
            if options.control:
                yield (lua, attempt), functools.partial(naive, attempt.text, lua, options.control)
            elif options.tier == "server":
                yield (lua, attempt), functools.partial(attempted_in_server, attempt.text, lua, port)
            else:
                isolate = options.tier == "worker"
                yield (lua, attempt), functools.partial(attempted, attempt, lua, port, isolate=isolate)


def show(
    lua: str, attempt: Attempt, outcome: Outcome, stopped: bool, reason: str | None, *, as_json: bool
) -> None:
    """
    One attempt.
    """
    if as_json:
        line: dict[str, Any] = {"lua": lua, "attempt": attempt.name, "check": attempt.check}
        line |= {"denied": stopped or reason is not None, "exception": reason}
        say(json.dumps(line | outcome.as_json()))
    elif not stopped:
        more = "; and it went on after it had been stopped" if outcome.after_stop else ""
        if not outcome.alive and outcome.end not in (HUNG, CRASHED):
            more += "; and no honest script ran afterwards"
        words = " ".join(outcome.words.split())[:200]
        because = f" [{reason}]" if reason else ""
        say(f"{lua} {attempt.name}: {attempt.check}, but it {outcome.end} ({words}){more}{because}")


def show_total(name: str, denied: int, total: int, *, as_json: bool) -> None:
    """
    A sum; the last one has no name in front.
    """
    if as_json:
        say(json.dumps({"total": name, "denied": denied, "of": total}))
    else:
        say(f"{'' if name == 'total' else name + ' '}denied: {denied} of {total}")


def say(line: str, *, to: TextIO | None = None) -> None:
    """
    A line of output, at once.
    """
    (to or sys.stdout).write(line + "\n")
    (to or sys.stdout).flush()


def complain(words: str) -> int:
    """
    What is wrong with the command. The exit code.
    """
    say(f"escapes: {words}", to=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""
``python -m tests.torture KILLS [SEED]``: a torture run, and what the checker says of it; exit code 1 if that
is anything. ``KEEP=FOLDER`` in the environment keeps spool and logs there.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.torture.checker import violations
from tests.torture.disk import Disk, FileLimit, SmallDisk, enter_own_mounts
from tests.torture.faults import torture
from tests.torture.records import Logs
from tests.torture.world import World

CLIENTS = 3

ATTEMPTS = 8
"""Enough for most to be done, though servers die every few seconds."""


def main() -> int:
    """
    The command.
    """
    mounts = enter_own_mounts("tests.torture")
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**9)
    _say(f"{kills} kills; the same dice again: make torture N={kills} SEED={seed}")
    if not mounts:
        _say("mounts cannot be made here, so a full disk is a limit on the size of files alone")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as made, ExitStack() as mounted:
        disks: list[Disk] = [FileLimit()]
        if mounts:
            disks.append(mounted.enter_context(SmallDisk(Path(made))))
        with World(Path(made), seed, clients=CLIENTS, attempts=ATTEMPTS, disks=disks) as world:
            faults = torture(world, kills, _progress)
            logs = world.finish()
        if "KEEP" in os.environ:
            _keep(logs, world.spool, Path(os.environ["KEEP"]))
    found = violations(logs)
    _report(logs, faults, time.monotonic() - began)
    for violation in found:
        _say(str(violation))
    _say(f"{len(found)} violations")
    return 1 if found else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _progress(kill: int) -> None:
    if kill % 10 == 0:
        _say(f"{kill} …")


def _keep(logs: Logs, spool: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(spool, folder)
    for life in logs.lives:
        (folder / f"server-{life.number}.log").write_text("\n".join(life.said) + "\n")
    (folder / "endpoint.log").write_text("".join(f"{seen}\n" for seen in logs.seen))
    (folder / "clients.log").write_text("".join(f"{posted}\n" for posted in logs.posted))


def _report(logs: Logs, faults: Counter[str], seconds: float) -> None:
    def line(name: str, counts: dict[str, int]) -> None:
        _say(f"{name:<14}" + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))

    line("servers", {"started": len(logs.lives), "killed": sum(life.killed for life in logs.lives)})
    line("faults", faults)
    line("transactions", Counter(str(posted.outcome) for posted in logs.posted))
    line("clients told", {str(status): count for status, count in logs.told.items()})
    again = len(logs.seen) - len({seen.identity for seen in logs.seen})
    line("requests", Counter(str(seen.answered) for seen in logs.seen) + Counter({"more than once": again}))
    line("spool", Counter(str(each.summary.state) for each in logs.kept))
    _say(f"{seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())

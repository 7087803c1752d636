"""
``python -m benchmarks.memory session|effect BATCHES [SCRIPT]``: bytes of memory for one session more that
lives, or one effect more that is kept, as a JSON list, a number for each batch. What is measured has a
process to itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.scripts import HANDLER
from benchmarks.workload import messages
from luahost import Host

SESSIONS = 100
TRANSACTIONS = 1000


def private_bytes() -> int:
    """
    Memory that belongs to this process alone.
    """
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024


def sessions(script: str, batches: int) -> Iterator[float]:
    """
    For a session, batch by batch.
    """
    host = Host(script)
    with contextlib.ExitStack() as stack:
        # What is made once in a process is there before anything is counted.
        for number in range(SESSIONS):
            stack.enter_context(host.session(f"first{number}"))
        for batch in range(batches):
            before = private_bytes()
            for number in range(SESSIONS):
                stack.enter_context(host.session(f"user{batch}-{number}"))
            yield (private_bytes() - before) / SESSIONS


def effects(batches: int) -> Iterator[float]:
    """
    For an effect, batch by batch, of transactions of ten messages.
    """
    with Host(HANDLER).session("bob") as session:
        for batch in range(-1, batches):
            mail = messages(events=10, lists=True, transactions=TRANSACTIONS)
            before, count = private_bytes(), len(session.effects)
            for events in mail:
                session.notify(*events)
            del mail, events
            if batch >= 0:
                yield (private_bytes() - before) / (len(session.effects) - count)


def main() -> None:
    """
    The command.
    """
    what, batches = sys.argv[1], int(sys.argv[2])
    found = sessions(sys.argv[3], batches) if what == "session" else effects(batches)
    json.dump(list(found), sys.stdout)


if __name__ == "__main__":
    main()

"""
``python -m benchmarks.memory session|state|effect BATCHES [SCRIPT]``: bytes of memory for one session more
that lives, one bare state of lupa more with the script, or one effect more that is kept, as a JSON list, a
number for each batch. What is measured has a process to itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from lupa import lua54

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


def states(script: str, batches: int) -> Iterator[float]:
    """
    For a bare state of lupa that has run the script, batch by batch.
    """
    source = Path(script).read_bytes()
    kept = [_state(source) for _ in range(SESSIONS)]
    for _ in range(batches):
        before = private_bytes()
        kept += [_state(source) for _ in range(SESSIONS)]
        yield (private_bytes() - before) / SESSIONS


def _state(source: bytes) -> lua54.LuaRuntime:
    lua = lua54.LuaRuntime(encoding=None, register_eval=False, register_builtins=False)
    # What the script requires it gets here, in a table that is empty.
    lua.compile(b"function require() return {} end")()
    lua.compile(source)()
    return lua


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
    match what:
        case "session":
            found = sessions(sys.argv[3], batches)
        case "state":
            found = states(sys.argv[3], batches)
        case _:
            found = effects(batches)
    json.dump(list(found), sys.stdout)


if __name__ == "__main__":
    main()

"""
What a session costs: its beginning in time, and what it keeps of memory while it lives; and an effect
likewise.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lupa import lua54

from benchmarks.figures import Figure, Found
from benchmarks.measure import IDLE_BARE_STATE, Options, Round, Spread, in_turns
from benchmarks.scripts import long_script
from luahost import Host

SESSIONS = 20


def found(options: Options) -> Found:
    """
    Time and memory.
    """
    with tempfile.TemporaryDirectory(prefix="luahost-bench-") as folder:
        script = Path(folder, "long.lua")
        script.write_text(long_script(), "utf-8")
        host = Host(script)
        taken = in_turns(
            {"begin": _beginnings(host), "both": _whole(host), "bare": _bare, "naive": _loaded},
            options.rounds,
        )
        yield Figure("a session begins", Spread.of(taken["begin"]).times(1e6), "µs")
        yield Figure("a session begins and ends", Spread.of(taken["both"]).times(1e6), "µs")
        yield Figure("a bare state of lupa is made", Spread.of(taken["bare"]).times(1e6), "µs")
        yield Figure("a bare state of lupa loads the script", Spread.of(taken["naive"]).times(1e6), "µs")
        to_bare = Spread.ratio(taken["begin"], taken["bare"])
        yield Figure("a session begins, to a bare state", to_bare, "x")
        words = "a session begins, as where a bare state takes 42 µs"
        yield Figure(words, to_bare.times(IDLE_BARE_STATE * 1e6), "µs", "session time")
        loaded = Spread.ratio(taken["naive"], taken["bare"]).times(IDLE_BARE_STATE * 1e6)
        yield Figure("a bare state of lupa loads the script, there", loaded, "µs", least_of="session time")
        memory = measured_memory("session", str(script), rounds=options.rounds)
        least = measured_memory("state", str(script), rounds=options.rounds)
    yield Figure("memory of a session more", Spread.of(memory).times(1 / 1024), "KB", "session memory")
    called = "memory of a bare state of lupa more, with the script"
    yield Figure(called, Spread.of(least).times(1 / 1024), "KB", least_of="session memory")
    effects = measured_memory("effect", rounds=options.rounds)
    yield Figure("memory of a queued effect (a call with an event of 17 fields)", Spread.of(effects), "bytes")


def _beginnings(host: Host) -> Round:
    def round_() -> float:
        sessions = [host.session("bob") for _ in range(SESSIONS)]
        began = time.process_time()
        for session in sessions:
            session.__enter__()
        took = time.process_time() - began
        for session in sessions:
            session.__exit__(None, None, None)
        return took / SESSIONS

    return round_


def _whole(host: Host) -> Round:
    def round_() -> float:
        began = time.process_time()
        for _ in range(SESSIONS):
            with host.session("bob"):
                pass
        return (time.process_time() - began) / SESSIONS

    return round_


def _bare() -> float:
    began = time.process_time()
    kept = [lua54.LuaRuntime(register_eval=False, register_builtins=False) for _ in range(SESSIONS)]
    return (time.process_time() - began) / len(kept)


def _loaded() -> float:
    script = long_script().encode()
    began = time.process_time()
    for _ in range(SESSIONS):
        lua54.LuaRuntime(register_eval=False, register_builtins=False).compile(script)
    return (time.process_time() - began) / SESSIONS


def measured_memory(what: str, *arguments: str, rounds: int) -> list[float]:
    """
    Bytes of private memory for one more, batch by batch, in a process that does nothing else.
    """
    command = [sys.executable, "-m", "benchmarks.memory", what, str(rounds), *arguments]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    batches: list[float] = json.loads(answer)
    return batches

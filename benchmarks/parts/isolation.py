"""
What a process of its own costs a script: a call, a transaction, the fork from the warm zygote, and the end of
a script that no hook stops.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.figures import Figure, Found
from benchmarks.measure import Options, Round, Spread, in_turns, passing
from benchmarks.workload import messages
from luahost import Host, Limits, ScriptLimitError
from luahost.runtime import state_kind
from luahost.runtime.worker import Order
from luahost.runtime.worker_state import WorkerState
from luahost.runtime.workers import WORKERS

SCRIPT = Path(__file__).parent.parent / "lua" / "isolation.lua"

CALLS = 200
TRANSACTIONS = 20
FORKS = 5
DEADLINE_SECONDS = 0.05

_WHERE = {False: "in process", True: "in a warm worker"}


def found(options: Options) -> Found:
    """
    Calls, transactions, forks and kills, in time that passes: who calls a worker waits for it.
    """
    taken = in_turns({_WHERE[isolate]: _calls(isolate) for isolate in _WHERE}, options.rounds)
    for where, seconds in taken.items():
        yield Figure(f"a call {where}", Spread.of(seconds).times(1e6), "µs")
    for events in (1, 10):
        yield from _transactions(options, events)
    forks = in_turns({"fork": passing(_fork, FORKS)}, options.rounds)["fork"]
    yield Figure("a fork from the warm zygote, until it is ready", Spread.of(forks).times(1e3), "ms")
    late, following = zip(*(_kill() for _ in range(options.rounds)), strict=True)
    yield Figure("a script that no hook stops: killed after its deadline", Spread.of(late).times(1e3), "ms")
    yield Figure(
        "the next state after a kill, script loaded and called", Spread.of(following).times(1e3), "ms"
    )


def _calls(isolate: bool) -> Round:
    state = state_kind(isolate=isolate)(limits=Limits())
    state.load(str(SCRIPT))
    entry = state.entry(None, "call")
    return passing(lambda: entry(b"nothing", False), CALLS)


def _transactions(options: Options, events: int) -> Found:
    mail = messages(events=events, lists=True, transactions=1)[0]
    with (
        Host(SCRIPT).session("bob") as here,
        Host(SCRIPT, isolate=True).session("bob") as there,
    ):
        contenders = {
            "in process": passing(lambda: here.notify(*mail), TRANSACTIONS),
            "in a warm worker": passing(lambda: there.notify(*mail), TRANSACTIONS),
        }
        taken = in_turns(contenders, options.rounds)
    for where, seconds in taken.items():
        words = f"a transaction of {events} event{'s' if events > 1 else ''} {where}"
        yield Figure(words, Spread.of(seconds).times(1e6), "µs")


def _fork() -> None:
    WORKERS.made(Order("5.4", Limits(call_seconds=1))).kill()


def _kill() -> tuple[float, float]:
    """
    How long after its deadline the script is dead, and what the next state costs then.

    Raises:
        RuntimeError: Nothing stopped it, so that nothing was measured.
    """
    limits = Limits(call_seconds=DEADLINE_SECONDS)
    state = WorkerState(limits=limits)
    state.load(str(SCRIPT))
    began = time.perf_counter()
    try:
        state.call("pattern")
    except ScriptLimitError:
        late = time.perf_counter() - began - DEADLINE_SECONDS
    else:
        raise RuntimeError("the pattern that no hook stops came to an end by itself")
    began = time.perf_counter()
    again = WorkerState(limits=limits)
    again.load(str(SCRIPT))
    again.call("nothing")
    following = time.perf_counter() - began
    again.close()
    return late, following

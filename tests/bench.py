"""
``python -m tests.bench [ROUNDS]``: what the sandbox costs a script in process, and in a process of its own.

What is compared takes turns, so that what else the machine does hits both; medians are shown, and the best,
which is what an idle machine would give.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from luahost import Host, Limits, MessageNew, ScriptLimitError
from luahost.runtime import NO_LIMITS, state_kind
from luahost.runtime.worker import Order
from luahost.runtime.worker_state import WorkerState
from luahost.runtime.workers import WORKERS

SCRIPT = """
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_event_message_new(ctx, event) ctx[#ctx + 1] = event.subject end
function dovecot_lua_notify_end_txn(ctx) end
function pattern() return (('a'):rep(60)):find(('a-'):rep(30) .. 'b') end
function nothing() end
"""

BUSY = """
local json = require("json")
function dovecot_lua_notify_begin_txn(user) return { user = user.username, messages = {} } end
function dovecot_lua_notify_event_message_new(ctx, event)
  local subject = event.subject:gsub("%s+", " "):sub(1, 80)
  table.insert(ctx.messages, { uid = event.uid, subject = subject, mailbox = event.mailbox })
end
function dovecot_lua_notify_end_txn(ctx) dovecot.i_info(json.encode(ctx)) end
"""
"""A script that makes JSON of what it hears, in Lua."""

DEADLINE_SECONDS = 0.05


def seconds(work: Callable[[], object]) -> float:
    """
    How long this takes.
    """
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def show(name: str, times: list[float], unit: float, called: str) -> None:
    """
    A line about these times.
    """
    middle, best = statistics.median(times) / unit, min(times) / unit
    worst = sorted(times)[int(len(times) * 0.99)] / unit
    sys.stdout.write(f"{name:58} {middle:8.1f} {called}  (best {best:.1f}, 99 % {worst:.1f})\n")


def calls(path: str, rounds: int) -> None:
    """
    A call that does nothing, in either tier.
    """
    entries: list[tuple[Callable[..., object], list[float]]] = []
    for isolate in (False, True):
        state = state_kind(isolate=isolate)(limits=Limits())
        state.load(path)
        entries.append((state.entry(None, "call"), []))
    for _ in range(rounds * 20):
        for entry, times in entries:
            times.append(seconds(partial(entry, b"nothing", False)))
    show("call, in process", entries[0][1], 1e-6, "us")
    show("call, warm worker", entries[1][1], 1e-6, "us")


def transactions(path: str, rounds: int, events: int) -> None:
    """
    A transaction of so many events, in either tier.
    """
    sessions = [Host(path, isolate=isolate).session("bob") for isolate in (False, True)]
    times: list[list[float]] = [[], []]
    new = [MessageNew(mailbox="INBOX", uid=uid, uid_validity=7, subject="Hi") for uid in range(1, events + 1)]
    with sessions[0], sessions[1]:
        for _ in range(rounds):
            for session, found in zip(sessions, times, strict=True):
                found.append(seconds(partial(session.notify, *new)))
    show(f"transaction of {events} events, in process", times[0], 1e-6, "us")
    show(f"transaction of {events} events, warm worker", times[1], 1e-6, "us")


def sandbox(path: str, rounds: int, events: int) -> None:
    """
    A transaction of so many events with the sandbox's limits, as a ratio of one without any.
    """
    hosts = [Host(path), Host(path, limits=NO_LIMITS)]
    sessions = [host.session("bob") for host in hosts]
    times: list[list[float]] = [[], []]
    new = [MessageNew(mailbox="INBOX", uid=uid, uid_validity=7, subject="Hi") for uid in range(1, events + 1)]
    with sessions[0], sessions[1]:
        for _ in range(rounds * 10):
            for session, found in zip(sessions, times, strict=True):
                # Of the processor: nothing here waits.
                began = time.process_time()
                session.notify(*new)
                found.append(time.process_time() - began)
    pairs = [limited / free for limited, free in zip(*times, strict=True)]
    name = f"{Path(path).stem}: {events} events, limits over none"
    low, middle, high = statistics.quantiles(pairs, n=4)
    sys.stdout.write(f"{name:58} {middle:8.3f} times (quartiles {low:.3f}, {high:.3f})\n")


def forks(rounds: int) -> None:
    """
    A worker from the warm zygote, with its Lua state made and locked down; no spare is used.
    """
    order = Order("5.4", Limits(call_seconds=1))
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        worker = WORKERS.made(order)
        times.append(time.perf_counter() - began)
        worker.kill()
    show("fork from the warm zygote, until ready", times, 1e-3, "ms")


def kills(path: str, rounds: int) -> None:
    """
    How long after its deadline a script is dead that no hook stops, and what the next call costs.
    """
    late, following = [], []
    limits = Limits(call_seconds=DEADLINE_SECONDS)
    for _ in range(max(rounds // 4, 5)):
        state = WorkerState(limits=limits)
        state.load(path)
        began = time.perf_counter()
        try:
            state.call("pattern")
        except ScriptLimitError:
            late.append(time.perf_counter() - began - DEADLINE_SECONDS)
        began = time.perf_counter()
        again = WorkerState(limits=limits)
        again.load(path)
        again.call("nothing")
        following.append(time.perf_counter() - began)
        again.close()
    show("killed after its deadline", late, 1e-3, "ms")
    show("next state after a kill, script loaded and called", following, 1e-3, "ms")


def main() -> None:
    """
    The command.
    """
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "push.lua")
        path.write_text(SCRIPT, encoding="utf-8")
        calls(str(path), rounds)
        busy = Path(folder, "busy.lua")
        busy.write_text(BUSY, encoding="utf-8")
        for script in (path, busy):
            for events in (1, 10):
                sandbox(str(script), rounds, events)
        transactions(str(path), rounds, 1)
        transactions(str(path), rounds, 10)
        forks(rounds)
        kills(str(path), rounds)


if __name__ == "__main__":
    main()

"""
Two workers beside one: sessions that live in processes of their own, each driven by a thread, with a script
that works in Lua. What is told is how much more two do in the same time.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.build import MissingError
from benchmarks.figures import Figure, Found, Missing
from benchmarks.hosts.process import floor
from benchmarks.measure import Options, Round, Spread, in_turns
from benchmarks.workload import messages, write
from luahost import Host, Session

SCRIPT = Path(__file__).parent.parent / "lua" / "busy.lua"

TRANSACTIONS = 20

PLAIN_TIMES = 15
"""Runs of the workload in pure Lua that take about as long as the transactions."""


def found(options: Options) -> Found:
    """
    The rate of two beside the rate of one, and beside what the machine gave in the same round.
    """
    if len(os.sched_getaffinity(0)) < 2:
        yield Missing("not measured: two workers need two cores, and this machine has one")
        return
    host = Host(SCRIPT, isolate=True)
    with ExitStack() as stack:
        works = [_transactions(stack.enter_context(host.session(name))) for name in ("bob", "eve")]
        contenders = {"one": _rate(works[:1]), "two": _rate(works)}
        try:
            plain = _plain(stack)
            contenders |= {"plain one": _rate(plain[:1]), "plain two": _rate(plain)}
        except MissingError as error:
            yield Missing(str(error))
        taken = in_turns(contenders, options.rounds * 2)
    yield Figure("one worker, transactions", Spread.of(taken["one"]), "per s")
    yield Figure("two workers, transactions", Spread.of(taken["two"]), "per s")
    yield Figure("two workers to one", Spread.ratio(taken["two"], taken["one"]), "x", "two workers")
    if "plain two" in taken:
        words = "two processes of pure Lua to one: what the machine had to give"
        yield Figure(words, Spread.ratio(taken["plain two"], taken["plain one"]), "x")


def _transactions(session: Session) -> Callable[[], object]:
    mail = messages(events=1, lists=True, transactions=TRANSACTIONS)

    def work() -> None:
        for events in mail:
            session.notify(*events)

    return work


def _plain(stack: ExitStack) -> list[Callable[[], object]]:
    """
    Two processes of pure Lua that have nothing to do with each other, at about as much work.
    """
    workload = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="luahost-bench-"))) / "workload"
    write(workload, "lists", messages(events=10, lists=True))
    return [partial(stack.enter_context(floor(workload)).seconds, PLAIN_TIMES) for _ in range(2)]


def _rate(works: list[Callable[[], object]]) -> Round:
    def round_() -> float:
        threads = [threading.Thread(target=work) for work in works]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(works) * TRANSACTIONS / (time.perf_counter() - began)

    return round_

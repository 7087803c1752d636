"""
Growth: what an event costs in longer and longer transactions, a session among more and more that live, and
how much memory a run needs that goes on and on. All three should stay as they are.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.engine import of_objects
from benchmarks.figures import Figure, Found, Series
from benchmarks.measure import Options, Spread, in_turns
from benchmarks.scripts import HANDLER
from benchmarks.workload import flags_set, messages, recording
from luahost import Host
from luahost.runtime.engine import SHELF

EVENTS = (1, 10, 100, 1000, 10_000, 100_000)
SESSIONS = (1, 10, 100, 1000, 10_000)
LENGTHS = (100, 1000, 10_000)

FEWEST_EVENTS = 1000

MEMORY_LEFT = 2**32
"""Bytes that a machine keeps for others."""

EVENTS_SECONDS, LEAST_ROUNDS = 45.0, 3
"""The series of events takes no more rounds than the least when so long is over: each has 106,000 events."""

SESSIONS_SECONDS = 100.0
"""No more sessions begin after that."""

PEAKS = 3
"""Runs of each length; how much memory a run takes hardly differs."""


def found(options: Options) -> Found:
    """
    The three series, and how far the dearest of each is from the cheapest.
    """
    for measured in (_events, _sessions, _run):
        series = measured(options)
        yield series
        middles = [spread.median for _, spread in series.points]
        words = f"{series.name}: the last to the least before"
        yield Figure(words, Spread.of([middles[-1] / min(middles[:-1])]), "x")


def _events(options: Options) -> Series:
    host = Host(HANDLER)
    contenders = {}
    for count in EVENTS:
        contenders[str(count)] = of_objects(host, flags_set(count), max(1, FEWEST_EVENTS // count))
    taken = in_turns(contenders, options.rounds, least=LEAST_ROUNDS, seconds=EVENTS_SECONDS)
    points = tuple((count, Spread.of(taken[str(count)]).times(1e6)) for count in EVENTS)
    return Series("an event in a transaction", "µs", "events of the transaction", points)


def _sessions(_options: Options) -> Series:
    """
    Sessions that live, and what the next one costs to begin: the last hundred of them tell. It ends where the
    machine's memory or our time would.
    """
    host = Host(HANDLER)
    points = []
    ends = time.monotonic() + SESSIONS_SECONDS
    with ExitStack() as stack:
        # Engines that wait for a session are taken first, and what is told is what a new one costs.
        for number in range(SHELF.most):
            stack.enter_context(host.session(f"first{number}"))
        alive = 0
        for count in SESSIONS:
            taken = []
            while alive < count and (alive % 100 or _goes_on(ends)):
                session = host.session(f"user{alive}")
                began = time.process_time()
                session.__enter__()
                taken.append(time.process_time() - began)
                stack.push(session)
                alive += 1
            if taken:
                points.append((alive, Spread.of(taken[-100:]).times(1e6)))
    return Series("a session begins", "µs", "sessions that live", tuple(points))


def _goes_on(ends: float) -> bool:
    lines = Path("/proc/meminfo").read_text().splitlines()
    left = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024
    return left > MEMORY_LEFT and time.monotonic() < ends


def _run(options: Options) -> Series:
    """
    The most memory of ``luahost run --json`` on recordings of one user, in MB. The mail is the same again and
    again, as the mailbox that it comes into is kept in memory: what is told is what the run itself keeps.
    """
    points = []
    mail = recording(messages(events=1, lists=True, transactions=LENGTHS[0]))
    with tempfile.TemporaryDirectory(prefix="luahost-bench-") as name:
        for length in LENGTHS:
            file = Path(name, f"{length}.jsonl")
            file.write_bytes((b"\n".join(mail) + b"\n") * (length // len(mail)))
            command = [sys.executable, "-m", "benchmarks.peak", "run", str(HANDLER), str(file), "--json"]
            peaks = [_peak(command) for _ in range(min(options.rounds, PEAKS))]
            points.append((length, Spread.of(peaks)))
    return Series("luahost run --json, the most memory", "MB", "transactions of the recording", tuple(points))


def _peak(command: list[str]) -> float:
    done = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return float(json.loads(done.stderr.splitlines()[-1])["peak_kilobytes"]) / 1024

"""
``python -m tests.server.bench.cluster``: the spool on NATS, one server on this machine: what it costs beside
the file, what more processes bring, and how long users wait when a machine has died.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from luahost.config.nats_place import NatsPlace, nats_place
from luahost.server.spool import Entry, Spool, SqliteSpool
from luahost.server.spool.nats.spool import NatsSpool
from tests.nats.node import Node
from tests.server.bench.report import say
from tests.server.bench.spool import PAYLOAD, entries, pipeline
from tests.server.spool.nats.places import set_up

BATCH = 100
ROUNDS = 5
PARTITIONS = 16
TRANSACTIONS = 2000
PROCESSES = (1, 2, 4)
DEATHS = 3
ASKED_SECONDS = 5.0
PATIENCE_SECONDS = 300

Worker = subprocess.Popen[bytes]


def cost(node: Node, folder: Path, seconds: float) -> None:
    """
    What a transaction costs from put to done, beside the file, in turns.
    """
    place = nats_place(f"{node.url}/cost")
    set_up(place, partitions=PARTITIONS)
    rates: dict[str, list[float]] = {"file": [], "NATS": []}
    cpu: dict[str, list[float]] = {"file": [], "NATS": []}
    with SqliteSpool(folder / "spool.db") as file, NatsSpool(place) as nats:
        spools: dict[str, Spool] = {"file": file, "NATS": nats}
        for _ in range(ROUNDS):
            for name, spool in spools.items():
                began, moment = time.process_time(), time.perf_counter()
                rate = pipeline(BATCH)(spool, seconds / ROUNDS)
                used = time.process_time() - began
                rates[name].append(rate)
                cpu[name].append(used / (rate * (time.perf_counter() - moment)))
    ratios = [slow / fast for slow, fast in zip(cpu["NATS"], cpu["file"], strict=True)]
    say(
        f"cluster: put, claim, done, batches of {BATCH}",
        f"{statistics.median(rates['NATS']):9,.0f}/s  file {statistics.median(rates['file']):,.0f}/s"
        f"  {statistics.median(cpu['NATS']) * 1e6:.0f} us CPU each,"
        f" {statistics.median(ratios):.1f} x the file's, and what nats-server takes",
    )


@contextlib.contextmanager
def workers(place: NatsPlace, url: str, number: int) -> Iterator[list[Worker]]:
    """
    So many processes, once each has its share of partitions.
    """
    command = [sys.executable, "-m", "tests.server.bench.cluster_worker", url]
    found = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(number)
    ]
    try:
        with NatsSpool(place, runs=False) as looking:
            while sorted(map(len, looking.shares())) != sorted(_shares(number)):
                time.sleep(0.1)
        yield found
    finally:
        for worker in found:
            worker.kill()
            worker.wait()


def throughput(node: Node, number: int) -> float:
    """
    Transactions a second that so many processes take and end.
    """
    url = f"{node.url}/throughput{number}"
    place = nats_place(url)
    set_up(place, partitions=PARTITIONS)
    with workers(place, url, number) as found, NatsSpool(place, runs=False) as intake:
        for _ in range(TRANSACTIONS // BATCH):
            intake.put(entries(BATCH)).result(PATIENCE_SECONDS)
        began = time.perf_counter()
        for worker in found:
            assert worker.stdin is not None
            worker.stdin.write(b"go\n")
            worker.stdin.flush()
        while intake.status().unfinished:
            time.sleep(0.02)
        return TRANSACTIONS / (time.perf_counter() - began)


def death(node: Node, number: int) -> float:
    """
    Seconds from a machine's death to the next transaction of its users.
    """
    url = f"{node.url}/death{number}"
    place = nats_place(url)
    set_up(place, partitions=PARTITIONS)
    with workers(place, url, 1) as [worker], NatsSpool(place) as other:
        other.put([Entry(user=f"user{each}", payload=PAYLOAD) for each in range(50)]).result(PATIENCE_SECONDS)
        waiting = other.claim()
        worker.kill()
        began = time.perf_counter()
        waiting.result(PATIENCE_SECONDS)
        return time.perf_counter() - began


def figures(seconds: float) -> None:
    """
    All of them.
    """
    with tempfile.TemporaryDirectory() as name, Node(Path(name) / "nats") as node:
        cost(node, Path(name), seconds)
        rates = {number: throughput(node, number) for number in PROCESSES}
        for number, rate in rates.items():
            say(
                f"cluster: claim, done, {number} processes",
                f"{rate:9,.0f}/s  {rate / rates[1]:.2f} x one process",
            )
        waits = [death(node, number) for number in range(DEATHS)]
        asked = (f"at most {ASKED_SECONDS:g} s", max(waits) <= ASKED_SECONDS)
        say("cluster: from a machine's death to the next", f"{max(waits):9.2f} s at most of {DEATHS}", asked)


def _shares(number: int) -> list[int]:
    share = -(-PARTITIONS // number)
    return [min(share, PARTITIONS - share * each) for each in range(number)]


if __name__ == "__main__":
    figures(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)

"""
``python -m tests.server.bench.cluster``: the spool on NATS, one server or three on this machine: what it
costs beside the file, what more processes bring, how long users wait when a machine has died, and what hangs
on the number of machines and of transactions that wait.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from luahost.config.nats_place import NatsPlace, nats_place
from luahost.server.spool import Entry, Spool, SqliteSpool
from luahost.server.spool.nats.declarations import LEASE_SECONDS
from luahost.server.spool.nats.machines import PARTS
from luahost.server.spool.nats.spool import NatsSpool
from tests.nats.cluster import Cluster
from tests.nats.node import Node
from tests.server.bench.processes import cpu_seconds, resident_bytes
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
MACHINES = (5, 20)
IDLE_PARTITIONS = 64
SETTLE_SECONDS = 8.0
"""Two leases and a little, until each has its share."""
IDLE_SECONDS = 5.0
WAITING = 20_000
BATCH_OF_WAITING = 1000

Worker = subprocess.Popen[bytes]


def cost(nodes: Sequence[Node], folder: Path, seconds: float) -> None:
    """
    What a transaction costs from put to done, beside the file, in turns.
    """
    place = nats_place(f"{_url(nodes)}/cost")
    set_up(place, partitions=PARTITIONS, replicas=len(nodes))
    rates: dict[str, list[float]] = {"file": [], "NATS": []}
    cpu: dict[str, list[float]] = {"file": [], "NATS": []}
    servers: list[list[float]] = []
    with SqliteSpool(folder / f"{len(nodes)}.db") as file, NatsSpool(place) as nats:
        spools: dict[str, Spool] = {"file": file, "NATS": nats}
        for _ in range(ROUNDS):
            for name, spool in spools.items():
                before = [cpu_seconds([node.pid]) for node in nodes]
                began, moment = time.process_time(), time.perf_counter()
                rate = pipeline(BATCH)(spool, seconds / ROUNDS)
                used, number = time.process_time() - began, rate * (time.perf_counter() - moment)
                rates[name].append(rate)
                cpu[name].append(used / number)
                if name == "NATS":
                    after = [cpu_seconds([node.pid]) for node in nodes]
                    servers.append([(y - x) / number for x, y in zip(before, after, strict=True)])
    ratios = [slow / fast for slow, fast in zip(cpu["NATS"], cpu["file"], strict=True)]
    whole = statistics.median(map(sum, servers))
    busiest = statistics.median(map(max, servers))
    say(
        f"cluster: put, claim, done, {len(nodes)} {'server' if len(nodes) == 1 else 'servers'}",
        f"{statistics.median(rates['NATS']):9,.0f}/s  file {statistics.median(rates['file']):,.0f}/s"
        f"  {statistics.median(cpu['NATS']) * 1e6:.0f} us CPU each,"
        f" {statistics.median(ratios):.1f} x the file's; nats-server {whole * 1e6:.0f} us",
    )
    cores = 1000 * (statistics.median(cpu["NATS"]) + whole)
    say(
        f"cluster: 1,000 transactions a second, {len(nodes)}",
        f"{cores:9.2f} cores  a core of the busiest nats-server is full at {1 / busiest:,.0f}/s",
    )


def idle(node: Node) -> None:
    """
    What machines cost that have nothing to do, by their number: if that grows faster, it is a wall.
    """
    for number in MACHINES:
        place = nats_place(f"{node.url}/idle{number}")
        set_up(place, partitions=IDLE_PARTITIONS)
        with contextlib.ExitStack() as opened:
            for _ in range(number):
                opened.enter_context(NatsSpool(place))
            time.sleep(SETTLE_SECONDS)
            before, ours = cpu_seconds([node.pid]), time.process_time()
            time.sleep(IDLE_SECONDS)
            used = (cpu_seconds([node.pid]) - before) / IDLE_SECONDS / number
            own = (time.process_time() - ours) / IDLE_SECONDS / number
        say(
            f"cluster: {number} machines that wait",
            f"{own * 100:9.2f} % of a core each, of nats-server {used * 100:.2f} % for each",
        )


def waiting(node: Node) -> None:
    """
    What transactions take that wait, of as many users.
    """
    place = nats_place(f"{node.url}/waiting")
    set_up(place, partitions=PARTITIONS)
    with NatsSpool(place, runs=False) as spool:
        before, disk = resident_bytes(node.pid), _disk_bytes(node.folder)
        for _ in range(WAITING // BATCH_OF_WAITING):
            spool.put(entries(BATCH_OF_WAITING)).result(PATIENCE_SECONDS)
        memory = (resident_bytes(node.pid) - before) / WAITING
        kept = (_disk_bytes(node.folder) - disk) / WAITING
    say(
        f"cluster: {WAITING:,} that wait, {len(PAYLOAD)} bytes",
        f"{memory:9,.0f} B of memory each in nats-server, {kept:,.0f} B on disk",
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
        cost([node], Path(name), seconds)
        rates = {number: throughput(node, number) for number in PROCESSES}
        for number, rate in rates.items():
            say(
                f"cluster: claim, done, {number} processes",
                f"{rate:9,.0f}/s  {rate / rates[1]:.2f} x one process",
            )
        waits = [death(node, number) for number in range(DEATHS)]
        asked = (f"at most {ASKED_SECONDS:g} s", max(waits) <= ASKED_SECONDS)
        say(
            "cluster: from a machine's death to the next",
            f"{max(waits):9.2f} s at most of {DEATHS}; the lease is {LEASE_SECONDS:g} s,"
            f" prolonged and looked at each {LEASE_SECONDS / PARTS:g} s",
            asked,
        )
        idle(node)
        waiting(node)
    with tempfile.TemporaryDirectory() as name, Cluster(Path(name)) as servers:
        cost(servers.nodes, Path(name), seconds)


def _url(nodes: Sequence[Node]) -> str:
    return "nats://" + ",".join(node.url.removeprefix("nats://") for node in nodes)


def _disk_bytes(folder: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def _shares(number: int) -> list[int]:
    share = -(-PARTITIONS // number)
    return [min(share, PARTITIONS - share * each) for each in range(number)]


if __name__ == "__main__":
    figures(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)

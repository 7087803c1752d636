"""
``python -m tests.nats N [SEED]``: so many failures, one after the other, while transactions come and run;
then the checker. ``make torture-cluster`` calls it.

Servers of NATS are killed, stopped, stand still, stand still again and again as one does whose disk is too
slow, and are cut off from each other where network namespaces are allowed; never more than one of three but
when all are, as two failures at once only make everybody wait. Machines of luahost are killed in the middle
of a transaction. Their clocks are hours apart.
"""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from luahost.config.nats_place import NatsPlace, nats_place
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import declare
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.overview import overview
from tests.nats.cluster import Cluster
from tests.nats.node import Node
from tests.nats.partition import Partition
from tests.nats.traffic import Traffic, violations

PATIENCE_SECONDS = 60.0
MOST_TOLD = 20

STILL_SECONDS = 0.3
AWAKE_SECONDS = 0.1
"""Of a server whose disk is slow."""

MACHINE_KILLED = "a machine killed"
FAILURES = ("killed", "stopped", "still", "slow", "all killed", MACHINE_KILLED)

MEANWHILE = 20
"""How many transactions have to come and to be run while a server is away, or after all were."""


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """
    The command; 1 if something went wrong.
    """
    number = int(words[0]) if words else 20
    seed = int(words[1]) if len(words) > 1 else random.SystemRandom().randint(1, 2**31)
    dice = random.Random(seed)
    # Namespaces do not go with their maker.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    _tell(f"{number} failures; to do the same ones again: python -m tests.nats {number} {seed}")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="luahost-cluster-")))
        try:
            partition = stack.enter_context(Partition())
        except (OSError, subprocess.CalledProcessError):
            partition = None
            _tell("no network namespaces here: nobody is cut off")
        cluster = Cluster(folder) if partition is None else Cluster(folder, nets=partition.nets)
        stack.enter_context(cluster)
        return _torture(cluster, partition, number, dice)


def _torture(cluster: Cluster, partition: Partition | None, number: int, dice: random.Random) -> int:
    url = f"nats://{cluster.addresses}/torture"
    place = nats_place(url)
    with Connection(place, patience_seconds=PATIENCE_SECONDS) as connection:
        connection.call(declare(connection, partitions=8)).result(PATIENCE_SECONDS)
    traffic = Traffic(place, url=url)
    traffic.start()
    done: Counter[str] = Counter()
    waits: list[float] = []
    for count in range(1, number + 1):
        name = dice.choice([*FAILURES, *(["cut off"] if partition else [])])
        whose = dice.choice(["leader", "any"])
        node = _leader(cluster, place) if whose == "leader" else dice.choice(cluster.nodes)
        began = time.monotonic()
        if name == MACHINE_KILLED:
            traffic.kill_machine()
            moved, what = traffic.until(puts=MEANWHILE, runs=MEANWHILE), name
        else:
            moved = _fail(
                name, cluster, partition, node, lambda: traffic.until(puts=MEANWHILE, runs=MEANWHILE)
            )
            what = f"{node.name} ({whose}) {name}"
        waits.append(time.monotonic() - began)
        done[name] += 1
        _tell(f"{count}: {what}, {waits[-1]:.1f} s until {MEANWHILE} more were run")
        if not moved:
            traffic.log.complaints.append(f"failure {count} ({name}): nothing was run for too long")
    log = traffic.finish()
    wrong = list(violations(log))
    _tell(
        f"{len(log.puts)} brought, {sum(put.id is not None for put in log.puts)} acknowledged, "
        f"{len(log.runs)} runs, {len(log.runs) - sum(run.settled for run in log.runs)} of them not settled"
    )
    told = ", ".join(f"{count} {name}" for name, count in done.items())
    _tell(f"failures: {told}; longest wait {max(waits):.1f} s")
    for words in wrong[:MOST_TOLD]:
        _tell(f"VIOLATION: {words}")
    _tell(f"{len(wrong)} violations")
    return 1 if wrong else 0


def _fail(
    name: str, cluster: Cluster, partition: Partition | None, node: Node, meanwhile: Callable[[], bool]
) -> bool:
    """
    Have something fail, go on with it for a while, and mend it; answers whether it went on.
    """
    number = cluster.nodes.index(node) + 1
    if name == "all killed":
        cluster.kill()
        cluster.start()
        return meanwhile()
    if name == "killed":
        node.kill()
    elif name == "stopped":
        node.stop()
    elif name == "still":
        node.pause()
    elif name == "cut off" and partition is not None:
        partition.cut(number)
    with _slowed(node) if name == "slow" else contextlib.nullcontext():
        went_on = meanwhile()
    if name == "cut off" and partition is not None:
        partition.mend(number)
    cluster.start()
    return went_on


@contextlib.contextmanager
def _slowed(node: Node) -> Iterator[None]:
    """
    A server that does everything late: it stands still most of the time.
    """
    over = threading.Event()

    def slow() -> None:
        while not over.is_set():
            node.pause()
            over.wait(STILL_SECONDS)
            node.resume()
            over.wait(AWAKE_SECONDS)

    slowing = threading.Thread(target=slow)
    slowing.start()
    try:
        yield
    finally:
        over.set()
        slowing.join()


def _leader(cluster: Cluster, place: NatsPlace) -> Node:
    """
    Who leads the transactions.
    """
    with Connection(place, patience_seconds=PATIENCE_SECONDS) as connection:
        found = connection.call(overview(connection)).result(PATIENCE_SECONDS)
    name = Names(place.prefix).transactions
    leader = next(stream.leader for stream in found.streams if stream.name == name)
    return cluster.nodes[0] if leader is None else cluster.node(leader)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

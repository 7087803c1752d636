"""
``python -m tests.server.spool.bench [SECONDS]``: what the spool does a second, beside what the disk does.

The disk's own rate, of appending 4 KB and waiting for it, is taken before and after each measurement, as a
machine with neighbours has no rate of its own. Ratios are what can be compared.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from luahost.server.spool import Entry, SqliteSpool

PAYLOAD = os.urandom(1024)
WRITERS = 64
BATCH = 100


def entries(number: int) -> list[Entry]:
    """
    As many transactions, of as many users.
    """
    return [Entry(user=f"user{index}", payload=PAYLOAD) for index in range(number)]


def disk_rate(folder: Path, seconds: float) -> float:
    """
    How often a second the disk takes 4 KB for good.
    """
    file = os.open(folder / "disk", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    block, count, end = bytes(4096), 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        os.write(file, block)
        os.fdatasync(file)
        count += 1
    os.close(file)
    return count / seconds


def waiting_writers(spool: SqliteSpool, seconds: float) -> float:
    """
    Transactions a second that are put one by one, each writer waiting for its own.
    """
    counts = [0] * WRITERS
    end = time.perf_counter() + seconds

    def write(number: int) -> None:
        entry = [Entry(user=f"user{number}", payload=PAYLOAD)]
        while time.perf_counter() < end:
            spool.put(entry).result()
            counts[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def pipeline(batch: int) -> Callable[[SqliteSpool, float], float]:
    """
    Transactions a second from put to done, in batches, one batch after the other.
    """

    def measure(spool: SqliteSpool, seconds: float) -> float:
        some, count, end = entries(batch), 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            spool.put(some).result()
            claims = spool.claim(batch).result()
            spool.done(*(claim.id for claim in claims)).result()
            count += len(claims)
        return count / seconds

    return measure


def show(name: str, measure: Callable[[SqliteSpool, float], float], seconds: float) -> None:
    """
    Measure on a new spool, and print a line.
    """
    with tempfile.TemporaryDirectory() as folder:
        before = disk_rate(Path(folder), seconds / 4)
        with SqliteSpool(Path(folder) / "spool.sqlite") as spool:
            began = time.process_time()
            rate = measure(spool, seconds)
            used = (time.process_time() - began) / (rate * seconds)
        disk = (before + disk_rate(Path(folder), seconds / 4)) / 2
    sys.stdout.write(f"{name:40} {rate:8,.0f}/s {rate / disk:6.2f} x the disk's {disk:,.0f}/s")
    sys.stdout.write(f" {used * 1e6:6.1f} us CPU each\n")


def memory(number: int) -> None:
    """
    What a spool with so much in it keeps in memory, and how long it takes to open.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spool.sqlite"
        with SqliteSpool(file, most_unfinished=number) as spool:
            everybody = entries(number)
            for begin in range(0, number, 1000):
                spool.put(everybody[begin : begin + 1000]).result()
        began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        moment = time.perf_counter()
        with SqliteSpool(file):
            opened = time.perf_counter() - moment
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began) / 1024
        sys.stdout.write(f"{number:,} queued: opened in {opened:.2f} s; at most {began / 1024:.0f} MB,")
        sys.stdout.write(f" {grown:.0f} more for opening\n")


def main() -> None:
    """
    All of it.
    """
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    show(f"put, {WRITERS} writers that wait", waiting_writers, seconds)
    show("put, claim, done, one after the other", pipeline(1), seconds)
    show(f"put, claim, done, batches of {BATCH}", pipeline(BATCH), seconds)
    memory(100_000)


if __name__ == "__main__":
    main()

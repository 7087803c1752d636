"""
The spool alone, without HTTP and Lua: what it does a second and what it keeps in memory.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from luahost.server.spool import Entry, Spool, SqliteSpool
from tests.server.bench.disk import disk_rate
from tests.server.bench.report import Figure, line, median

PAYLOAD = os.urandom(1024)
WRITERS = 64
BATCHES = (1, 10, 100)
ROUNDS = 7
LEAST_OF_BATCHES = {100: 12.0}
"""Times the disk's rate that are asked for."""


def entries(number: int) -> list[Entry]:
    """
    As many transactions, of as many users.
    """
    return [Entry(user=f"user{index}", payload=PAYLOAD) for index in range(number)]


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


def pipeline(batch: int) -> Callable[[Spool, float], float]:
    """
    Transactions a second from put to done, in batches, one batch after the other.
    """

    def measure(spool: Spool, seconds: float) -> float:
        some, count, begin = entries(batch), 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            spool.put(some).result()
            claims = spool.claim(batch).result()
            spool.done(*(claim.id for claim in claims)).result()
            count += len(claims)
        return count / (time.perf_counter() - begin)

    return measure


def figure(
    name: str,
    measure: Callable[[SqliteSpool, float], float],
    seconds: float,
    asked: float | None = None,
) -> None:
    """
    Measure on a new spool, in turns with the disk, and say what the median was.
    """
    found, window = [], seconds / ROUNDS
    with tempfile.TemporaryDirectory() as folder, SqliteSpool(Path(folder) / "spool.db") as spool:
        for _ in range(ROUNDS):
            before = disk_rate(Path(folder), window / 4)
            began, moment = time.process_time(), time.perf_counter()
            rate = measure(spool, window)
            used = (time.process_time() - began) / (rate * (time.perf_counter() - moment))
            disk = (before + disk_rate(Path(folder), window / 4)) / 2
            found.append(Figure(rate=rate, disk=disk, cpu_seconds=used, asked=asked))
    line(name, median(found))


def figures(seconds: float) -> None:
    """
    All of them.
    """
    figure(f"spool: put, {WRITERS} writers that wait", waiting_writers, seconds)
    for batch in BATCHES:
        words = f"spool: put, claim, done, batches of {batch}"
        figure(words, pipeline(batch), seconds, LEAST_OF_BATCHES.get(batch))

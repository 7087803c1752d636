"""
Running: what the real server does with what is in its spool, its processes counted together.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from luahost.server.spool import State
from tests.server.bench.disk import disk_rate
from tests.server.bench.processes import command_of, cpu_seconds, first_line, resident_bytes, started, tree
from tests.server.bench.report import Figure, line, say
from tests.server.bench.served import filled, served

ENDPOINT_SECONDS = 0.05
ASKED_A_CORE = 1000
ASKED_TIMES = 12.0
QUEUED = 100_000
ASKED_MB = 200
USERS = 500
OPTIONS = ["running: 250", "sessions: 1000"]


def figures(seconds: float) -> None:
    """
    All of them.
    """
    acknowledged(round(seconds * 2500))
    waiting_for_endpoints(round(seconds * 1000))
    queued(QUEUED)


def acknowledged(number: int) -> None:
    """
    Claimed, run and done, a lean handler and no HTTP.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rate, used = _run(folder, "nothing", number, {})
        figure = Figure(rate=rate, disk=disk_rate(folder, 1), cpu_seconds=used, asked=ASKED_TIMES)
    line("serve: claim, run, done, no HTTP", figure)


def waiting_for_endpoints(number: int) -> None:
    """
    A request each, to an endpoint that takes its time.
    """
    with tempfile.TemporaryDirectory() as name, started("late_endpoint", str(ENDPOINT_SECONDS)) as endpoint:
        url = f"http://127.0.0.1:{first_line(endpoint)}/push"
        rate, used = _run(Path(name), "push", number, {"push_url": url})
    a_core = 1 / used
    say(
        f"serve: a request each, answered after {ENDPOINT_SECONDS * 1000:.0f} ms",
        f"{rate:9,.0f}/s  {a_core:,.0f}/s for each core that it uses  {used * 1e6:7.1f} us CPU each",
        (f"at least {ASKED_A_CORE:,}/s a core", a_core >= ASKED_A_CORE),
    )


def queued(number: int) -> None:
    """
    What the processes of a server have in memory that has much to do.
    """
    with tempfile.TemporaryDirectory() as name, started("late_endpoint", "3600") as endpoint:
        folder = Path(name)
        filled(folder / "spool.db", number, number)
        url = f"http://127.0.0.1:{first_line(endpoint)}/push"
        with served(folder, "push", settings={"push_url": url}, options=["drain_seconds: 1"]) as server:
            begin = time.monotonic()
            while not server.status().counts[State.RUNNING]:
                time.sleep(0.05)
            took = time.monotonic() - begin
            time.sleep(1)
            sizes = {pid: resident_bytes(pid) for pid in tree(server.process.pid)}
            pid, most = max(sizes.items(), key=lambda item: item[1])
            words = f"{most / 2**20:9.0f} MB in the largest of {len(sizes)} processes ({command_of(pid)})"
            words += f", the first begun after {took:.1f} s"
    say(f"serve: {number:,} queued", words, (f"under {ASKED_MB} MB", most < ASKED_MB * 2**20))


def _run(folder: Path, script: str, number: int, settings: dict[str, str]) -> tuple[float, float]:
    """
    Transactions a second, and processor seconds for each, once the server is warm.
    """
    filled(folder / "spool.db", number, USERS)
    with served(folder, script, settings=settings, options=OPTIONS) as server:
        warm = server.until_done(number // 5).counts[State.DONE]
        began, moment = cpu_seconds(tree(server.process.pid)), time.perf_counter()
        server.until_done(number)
        took = time.perf_counter() - moment
        used = cpu_seconds(tree(server.process.pid)) - began
    return (number - warm) / took, used / (number - warm)

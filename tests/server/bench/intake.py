"""
Intake: transactions by HTTP that are answered once they are on disk, the server on one core and clients on
another.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.server.bench.disk import disk_rate
from tests.server.bench.processes import cpu_seconds, first_line, output, started, tree
from tests.server.bench.report import Figure, line, median, say

CONNECTIONS = 64
ROUNDS = 3
ASKED_TIMES = 4.0
ASKED_P99_MS = 50.0


def figures(seconds: float) -> None:
    """
    As much as it takes, and how long answers take at half of that.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with started("intake_server", str(folder / "spool.db"), core=0) as server:
            port, found = first_line(server), []
            for _ in range(ROUNDS):
                before, began = disk_rate(folder, seconds / 4), cpu_seconds(tree(server.pid))
                full = _load(port, seconds, rate=0)
                used = (cpu_seconds(tree(server.pid)) - began) / full["count"]
                disk = (before + disk_rate(folder, seconds / 4)) / 2
                found.append(Figure(rate=full["rate"], disk=disk, cpu_seconds=used, asked=ASKED_TIMES))
            usual = median(found)
            half = _load(port, seconds, rate=usual.rate / 2)
    line(f"intake: {CONNECTIONS} connections, one core", usual)
    say(
        "intake: answers at half that load",
        f"{half['rate']:9,.0f}/s  p50 {half['p50_ms']:.1f} ms, p99 {half['p99_ms']:.1f} ms",
        (f"p99 under {ASKED_P99_MS:.0f} ms", half["p99_ms"] < ASKED_P99_MS),
    )
    if half["refused"]:
        say("intake", f"{half['refused']} of {half['count']} requests were refused")


def _load(port: str, seconds: float, *, rate: float) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(output("load", port, str(CONNECTIONS), str(seconds), str(rate), core=1))
    return told

"""
The line to a worker, with a real socket and nobody at its other end.
"""

from __future__ import annotations

import socket
import tracemalloc

from luahost.server.workers.line import Line


def test_nothing_stays_of_a_flight() -> None:
    """
    A server that runs for years has as much in memory after a flight as before it.
    """
    ours, theirs = socket.socketpair()
    line = Line(ours)
    # While one is there, the others do not start and stop its reader.
    first = line.open()
    line.end(line.open())
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(5000):
            line.end(line.open())
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    line.end(first)
    line.close()
    theirs.close()

    assert after - before < 10_000

"""
HTTP: a request through the shim of LuaSocket, beside one of a bare ``httpx.Client``, to the same server on
loopback. Both keep their connection: a script can ask for that, and ``luahost serve`` does as it asks.
LuaSocket by itself has a connection for each request, and so has the shim; that is told, too.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from benchmarks.figures import Figure, Found
from benchmarks.measure import Options, Round, Spread, in_turns
from luahost import Host, MessageNew, Session
from luahost.effects import Log
from luahost.network import RealNetwork

REQUESTS = 100

SCRIPT = Path(__file__).parent.parent / "lua" / "request.lua"

KEPT = 4
"""Connections that luahost may keep; one is needed."""

_EVENT = MessageNew(mailbox="INBOX", uid=1, uid_validity=7, subject="Hi")

Times = dict[str, list[float]]


def found(options: Options) -> Found:
    """
    Requests of a transaction each, and many in one transaction.
    """
    command = [sys.executable, "-m", "benchmarks.http_server"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server, httpx.Client() as client:
        assert server.stdin is not None
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/"
        settings = {"push_url": url}
        host = Host(SCRIPT, settings=settings, network=RealNetwork(keep=KEPT))
        closing = Host(SCRIPT, settings=settings)
        passed: Times = {"shim": [], "httpx": [], "closing": []}
        with host.session("bob") as session, closing.session("bob") as one_by_one:

            def through_the_shim() -> None:
                session.notify(_EVENT)

            def bare() -> None:
                client.post(url, content=b"subject=Hi").raise_for_status()

            taken = in_turns(
                {
                    "shim": _round(through_the_shim, passed["shim"]),
                    "httpx": _round(bare, passed["httpx"]),
                    "closing": _round(lambda: one_by_one.notify(_EVENT), passed["closing"]),
                },
                options.rounds,
            )
            _check(session)
            _check(one_by_one)
        server.stdin.close()
    # The first was the round that warms up.
    passed = {name: times[1:] for name, times in passed.items()}
    used, waited = (Spread.ratio(times["shim"], times["httpx"]) for times in (taken, passed))
    alone = Spread.ratio(passed["closing"], passed["httpx"])
    yield Figure("a request through the shim: processor", Spread.of(taken["shim"]).times(1e6), "µs")
    yield Figure("a request of a bare httpx.Client: processor", Spread.of(taken["httpx"]).times(1e6), "µs")
    yield Figure("a request through the shim: time that passes", Spread.of(passed["shim"]).times(1e6), "µs")
    yield Figure(
        "a request of a bare httpx.Client: time that passes", Spread.of(passed["httpx"]).times(1e6), "µs"
    )
    yield Figure("shim to httpx, processor", used, "x")
    yield Figure("shim to httpx, time that passes", waited, "x", "http")
    yield Figure("shim with a connection for each request to httpx, time that passes", alone, "x")


def _round(work: Callable[[], object], passed: list[float]) -> Round:
    def round_() -> float:
        began, moment = time.process_time(), time.perf_counter()
        for _ in range(REQUESTS):
            work()
        passed.append((time.perf_counter() - moment) / REQUESTS)
        return (time.process_time() - began) / REQUESTS

    return round_


def _check(session: Session) -> None:
    """
    That the requests were answered.

    Raises:
        RuntimeError: One was not; the measurement means nothing.
    """
    errors = [
        effect.text for effect in session.effects if isinstance(effect, Log) and effect.level == "error"
    ]
    if errors:
        raise RuntimeError(f"a request through the shim failed: {errors[0]}")

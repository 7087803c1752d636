"""
The zygote of the server's workers: has the engine imported and Lua's chunks compiled, and forks.

``zygote_start.py`` runs :func:`main`. How a zygote works stands in ``luahost/runtime/zygote.py``.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from luahost import api, shims
from luahost.dataclass import dataclass, fields
from luahost.drivers import driver_list
from luahost.runtime import Limits, lockdown
from luahost.runtime.channel import FAILED, READY, WorkerEnd
from luahost.runtime.engine import SHELF
from luahost.runtime.worker import words
from luahost.runtime.zygote import Life, serve
from luahost.server.worker.flight import Rooms, SessionState
from luahost.server.worker.flights import Flights
from luahost.server.worker.sessions import Sessions

ENGINES = 64
"""How many Lua engines a worker keeps for sessions to come, a third of a megabyte each."""

LOOK_SECONDS = 0.25
"""How often a worker looks for scripts that should have been stopped."""

NICENESS = 10
"""By how much scripts are nicer than the server and than what delivers mail, as nobody waits for them: where
others want the processor they have a tenth of a share, and else all of it. Much less would have calls reach
their limits of time, which count what a script waits for the processor, on a machine that is full."""

_GROUP_TRIES = 3
_GROUP_SECONDS = 0.1
"""The kernel lets one unprivileged process of the whole machine change its group in that time."""


@dataclass(frozen=True, slots=True)
class WorkerOrder:
    """
    What kind of worker is wanted.

    Attributes:
        lua: The Lua version of scripts.

        limits: What they may use.

        sessions: How many sessions of one service are kept.

        idle_seconds: How long one that is not heard of is kept.

        memory_bytes: What the whole worker may hold; None for no limit.
    """

    lua: str
    limits: Limits
    sessions: int
    idle_seconds: float
    memory_bytes: int | None

    def values(self) -> list[Any]:
        """
        The order as it crosses.
        """
        limits = [getattr(self.limits, each.name) for each in fields(Limits)]
        return [self.lua.encode(), self.sessions, self.idle_seconds, self.memory_bytes, *limits]

    @staticmethod
    def of(values: Sequence[Any]) -> WorkerOrder:
        """
        The order that crossed so.
        """
        lua, sessions, idle_seconds, memory_bytes, *limits = values
        names = [each.name for each in fields(Limits)]
        found = Limits(**dict(zip(names, limits, strict=True)))
        return WorkerOrder(lua.decode(), found, sessions, idle_seconds, memory_bytes)


def main(descriptor: int) -> None:
    """
    Be the zygote.
    """
    warm: set[str] = set()
    _be_nice()
    api.preload()
    shims.preload()
    driver_list.preload()

    def ready(values: list[Any]) -> Life:
        order = WorkerOrder.of(values)
        if order.lua not in warm:
            warm.add(order.lua)
            # What is compiled now every worker has.
            SessionState(order.lua, limits=order.limits).close()
            gc.collect()
            gc.freeze()
        return lambda descriptors, host: _live(order, descriptors, host)

    serve(descriptor, ready)


def _be_nice() -> None:
    """
    Take the processor when nobody else wants it.

    Where Linux schedules each session as a group (``sched(7)``, "The autogroup feature") niceness counts
    within the session alone, which has nobody but workers here, so that the group has to be nice, too.
    """
    niceness = os.nice(NICENESS)
    for _ in range(_GROUP_TRIES):
        try:
            with open("/proc/self/autogroup", "w") as group:
                group.write(str(niceness))
        except BlockingIOError:
            time.sleep(_GROUP_SECONDS)
        except OSError:
            # There are no such groups on this machine.
            return
        else:
            return


def _live(order: WorkerOrder, descriptors: list[int], host: int) -> None:
    """
    Be a worker, in a fork of the zygote.
    """
    lockdown.close_others(descriptors)
    # As many sessions may wait for endpoints at the same time, each in an engine of its own.
    SHELF.most = ENGINES
    # Sessions are many small objects that stay, and cycles when they end: not looked at often, and not never.
    gc.set_threshold(10_000, 5, 2)
    (descriptor,) = descriptors
    end = WorkerEnd(descriptor)
    rooms = Rooms(lua=order.lua, limits=order.limits, sessions=Sessions(order.sessions, order.idle_seconds))
    flights = Flights(descriptor, rooms)
    begin = threading.Event()

    def watch() -> None:
        begin.wait()
        while True:
            threading.Event().wait(LOOK_SECONDS)
            flights.stop_overdue()

    def start_threads() -> None:
        threading.Thread(target=watch, name="watch", daemon=True).start()

    try:
        report = lockdown.lock(host, order.memory_bytes, start_threads=start_threads)
    except Exception as error:  # noqa: BLE001  the server has to hear of it, whatever it is
        end.send(FAILED, (words(error),))
        os._exit(1)
    end.send(READY, (os.getpid(), *report.values()))
    begin.set()
    flights.serve()

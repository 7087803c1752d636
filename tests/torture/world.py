"""
All of a torture run: clients, servers one after the other, the endpoint, and the logs of it all.

What is done to them, and when, is the business of ``faults.py``.
"""

from __future__ import annotations

import http.client
import json
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from luahost.server.spool import SqliteControl
from tests.torture.client import Client
from tests.torture.disk import Disk, FileLimit
from tests.torture.endpoint import MoodyEndpoint
from tests.torture.records import Clocks, Kept, Logs, Outcome
from tests.torture.served import set_ahead
from tests.torture.server import ServerProcess

SCRIPT = Path(__file__).with_name("push.lua")

LIMITS = {"call_seconds": 2, "call_instructions": 3_000_000, "memory_bytes": "16M"}
SECTION: dict[str, Any] = {
    "listen": "127.0.0.1:0",
    "spool": "spool.db",
    "pickup": "pickup",
    "running": 8,
    "limits": LIMITS,
    "breaker": {"failures": 6, "open_seconds": 1},
    "expire_seconds": 120,
}
RETRY = {"first_seconds": 0.05, "most_seconds": 0.4}

LONGEST_ATTEMPT_SECONDS = 60.0
"""A claim, a process for it on a busy machine, and a call that ends at its limit."""

MOST_UNFINISHED = 40
"""How many transactions clients leave unfinished before they pause, so that the end comes soon."""

LOOK_SECONDS = 0.05

STANDSTILL_SECONDS = 60.0
"""If nothing is finished for so long, nothing more will be."""


class World:
    """
    A run, from the beginning to the end of a ``with``.

    Args:
        folder: An empty one for the spool and its like.

        seed: Of all dice.

        clients: How many.

        attempts: How often a transaction is tried, at most.

        disks: What can be full.

    Attributes:
        dice: For faults.

        endpoint: Where scripts' requests go.

        spool: The spool's file.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        clients: int,
        attempts: int,
        disks: Sequence[Disk] = (FileLimit(),),
    ) -> None:
        self.disks = disks
        self.dice = random.Random(f"{seed} faults")
        self.endpoint = MoodyEndpoint(seed)
        self.spool = folder / "spool.db"
        self._folder = folder
        self._attempts = attempts
        self._clock = folder / "clock"
        self._pickup = folder / "pickup"
        self._clocks = Clocks(epoch=time.time() - time.monotonic())
        self._lives: list[ServerProcess] = []
        self._go = threading.Event()
        self._clients = [
            Client(f"c{number}", seed, place=self._place, files=self._pickup, brake=self._brake)
            for number in range(1, clients + 1)
        ]

    def __enter__(self) -> World:
        shutil.copy(SCRIPT, self._folder)
        self._pickup.mkdir()
        self.set_clock(0.0)
        self.endpoint.__enter__()
        self.start()
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *error: object) -> None:
        for client in self._clients:
            client.dismiss()
        self._go.set()
        if self.server.alive:
            self.server.kill()
        self.endpoint.__exit__(None, None, None)

    @property
    def server(self) -> ServerProcess:
        """
        The last one that was started.
        """
        return self._lives[-1]

    @property
    def brought(self) -> int:
        """
        How many transactions clients have brought to the end.
        """
        posted = (posted for client in self._clients for posted in list(client.posted))
        return sum(each.outcome is not Outcome.WITHHELD for each in posted)

    def start(self) -> None:
        """
        Start the next server.
        """
        number = len(self._lives) + 1
        file = self._folder / "luahost.yaml"
        url = f"http://127.0.0.1:{self.endpoint.port}/push"
        plugin = {"torture_url": url, "torture_life": str(number)}
        drivers = [{"driver": "lua", "file": SCRIPT.name}]
        section = {**SECTION, "retry": {**RETRY, "attempts": self._attempts}}
        file.write_text(json.dumps({"plugin": plugin, "drivers": drivers, "serve": section}))
        self._lives.append(ServerProcess(number, file, self._clock))
        self._go.set()

    @contextmanager
    def ending(self) -> Iterator[ServerProcess]:
        """
        The server ends inside, and the next one is started.
        """
        yield self.server
        self._go.clear()
        self.start()

    def set_clock(self, ahead: float) -> None:
        """
        Have the servers' clock so many seconds ahead of the machine's.
        """
        # In the wrong order it is a jump that is noted a little too early, which excuses nothing.
        self._clocks.jumps.append((time.monotonic(), ahead))
        set_ahead(self._clock, ahead)

    def write_script(self, addition: str = "") -> None:
        """
        Have the server load its script anew, with something more at its end.
        """
        self._folder.joinpath(SCRIPT.name).write_text(SCRIPT.read_text() + addition)
        self.server.reload()

    def load(self, seconds: float, transactions: int | None = None) -> None:
        """
        Let clients bring so many transactions; for so long at most.
        """
        end, enough = time.monotonic() + seconds, self.brought + (transactions or 1 << 60)
        while time.monotonic() < end and self.brought < enough:
            self._look()
            time.sleep(LOOK_SECONDS)

    def finish(self) -> Logs:
        """
        No more transactions and no more faults: wait until all are finished, end the server, and tell.
        """
        for client in self._clients:
            client.dismiss()
        self._go.set()
        for client in self._clients:
            client.join()
        self.endpoint.calm = True
        self.endpoint.up()
        self._settle()
        self.server.terminate()
        with SqliteControl(self.spool) as control:
            kept = [
                Kept(number=_number(control, summary.id), summary=summary)
                for summary in control.transactions()
            ]
        return Logs(
            posted=[posted for client in self._clients for posted in client.posted],
            seen=list(self.endpoint.seen),
            lives=[server.life for server in self._lives],
            kept=kept,
            attempts=self._attempts,
            longest_attempt_seconds=LONGEST_ATTEMPT_SECONDS,
            clocks=self._clocks,
            told=self._told(),
            files=self._left(),
        )

    def _left(self) -> list[str]:
        """
        The names of files that should not be there any more: those that grow stay for a minute, and what is
        torn because the disk was full stays for people to see.
        """
        names = sorted(file.name for file in self._pickup.iterdir() if file.suffix != ".lines")
        torn = [name for name in names if ".lines-" in name][: sum(client.torn for client in self._clients)]
        return [name for name in names if name not in torn]

    def _told(self) -> Counter[int]:
        return sum((client.told for client in self._clients), Counter())

    def _settle(self) -> None:
        last, since = -1, time.monotonic()
        while (unfinished := self._unfinished() or self._unread()) != 0:
            now = time.monotonic()
            if unfinished != last:
                last, since = unfinished, now
            elif now - since > STANDSTILL_SECONDS:
                return
            time.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        """
        Have clients pause while there is enough to do. A server that has ended by itself is started again.
        """
        if not self.server.alive:
            with self.ending() as server:
                server.kill()
        if self._unfinished() < MOST_UNFINISHED:
            self._go.set()
        else:
            self._go.clear()

    def _unfinished(self) -> int:
        """
        How many transactions and files are; one if the server does not say.
        """
        connection = http.client.HTTPConnection(*self.server.place, timeout=STANDSTILL_SECONDS)
        try:
            connection.request("GET", "/healthz")
            told = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            return 1
        finally:
            connection.close()
        counts = told.get("counts", {"queued": 1})
        waiting: int = sum(counts.get(state, 0) for state in ("queued", "running", "retrying"))
        return waiting + sum(1 for _ in self._pickup.glob("*.json"))

    def _unread(self) -> int:
        """
        How many lines of files that grow are not in the spool yet.
        """
        with SqliteControl(self.spool) as control:
            there = {(each.user, _number(control, each.id)) for each in control.transactions()}
        return sum(appended not in there for client in self._clients for appended in client.appended)

    def _place(self) -> tuple[str, int]:
        return self.server.place

    def _brake(self, dice: random.Random) -> None:
        self._go.wait()
        time.sleep(dice.random() * LOOK_SECONDS)


def _number(control: SqliteControl, id: str) -> int:
    """
    The number of a transaction among its user's, which its subject says.
    """
    details = control.show(id)
    assert details is not None
    return int(json.loads(details.payload)["events"][0]["subject"].partition(" ")[0])

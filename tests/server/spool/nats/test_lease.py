"""
Two machines, real servers, and a clock that is set by hand: at each moment a partition is one machine's.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from luahost.config.nats_place import nats_place
from luahost.server.spool.nats.connection import Connection
from luahost.server.spool.nats.declarations import declare
from luahost.server.spool.nats.lease import Lease
from luahost.server.spool.nats.machines import Machines
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.partitions import Partitions
from luahost.server.spool.nats.requests import Requests

SECONDS = 30
LEASE = 3.0
NUMBER = 4
ALL = [*range(NUMBER)]


@dataclass
class Moment:
    """
    The time, for both.
    """

    now: float = 0.0


class Machine:
    """
    What of a machine has partitions; it does something when it is told to.

    Attributes:
        told: What it has heard of partitions: ``+1`` when that became its own, ``-1`` when it was lost.

        handing_over: Those that it was to hand over, which it does not do.

        running: What says how many transactions run there.
    """

    def __init__(self, connection: Connection, node: str, moment: Moment) -> None:
        self.requests = Requests(connection)
        self.names = Names(connection.prefix)
        self.told: list[str] = []
        self.handing_over: list[int] = []
        self.running: Callable[[], int] = lambda: 0
        self.lease = Lease(self.requests, self.names, node, seconds=LEASE, now=lambda: moment.now)
        self.partitions = Partitions(
            self.requests,
            self.names,
            self.lease,
            number=NUMBER,
            gained=lambda number: self.told.append(f"+{number}"),
            lost=lambda number: self.told.append(f"-{number}"),
        )
        self.machines = Machines(
            self.requests,
            self.names,
            self.lease,
            number=NUMBER,
            partitions=self.partitions,
            hand_over=self.handing_over.append,
            running=lambda: self.running(),
        )

    async def start(self) -> None:
        """
        Hear of others.
        """
        await self.requests.start()
        await self.partitions.start()

    async def step(self) -> list[int]:
        """
        Say that it is there, and look at others; answers what is its own then.
        """
        await self.machines.step()
        return self.partitions.held

    async def hears_of(self, owners: set[str]) -> None:
        """
        Wait until it has heard that these machines have all partitions.
        """
        while self.partitions.owners() != owners or self.partitions.owned_by({""}):
            await self.requests.api(f"STREAM.INFO.{self.names.owners}")


Run = Callable[[Callable[[Machine, Machine, Moment], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def run(nats_url: str) -> Iterator[Run]:
    """
    Runs a scenario with two machines, of which the first one was there first.
    """
    with Connection(nats_place(nats_url)) as connection:
        connection.call(declare(connection, partitions=NUMBER, replicas=1)).result(SECONDS)

        async def play(scenario: Callable[[Machine, Machine, Moment], Coroutine[Any, Any, None]]) -> None:
            moment = Moment()
            one, other = (Machine(connection, node, moment) for node in ("a", "b"))
            for machine in (one, other):
                await machine.start()
            assert await one.step() == ALL
            await other.hears_of({one.lease.name})
            assert await other.step() == []
            async with asyncio.timeout(SECONDS):
                await scenario(one, other, moment)
            for machine in (one, other):
                await machine.partitions.stop()

        yield lambda scenario: connection.call(play(scenario)).result(SECONDS)


def test_who_says_nothing(run: Run) -> None:
    """
    A machine that says nothing for a lease has lost its partitions before another takes it for dead and has
    them. When it wakes up it learns that, and goes on as another machine.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        moment.now = LEASE / 2
        assert await other.step() == []
        moment.now = LEASE * 0.95
        assert one.partitions.held == []
        assert await other.step() == []
        name = one.lease.name
        moment.now = LEASE
        assert await other.step() == ALL
        assert one.partitions.held == []

        assert await one.step() == []
        assert sorted(one.told[NUMBER:]) == ["-0", "-1", "-2", "-3"]
        assert one.lease.name != name
        assert await one.step() == []
        assert one.lease.stands
        assert other.partitions.held == ALL

    run(scenario)


def test_who_was_silent_and_is_first(run: Run) -> None:
    """
    One that was silent for longer than a lease, and says something before anybody took it for dead, goes on
    with what it had.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        moment.now += LEASE * 2
        assert one.partitions.held == []
        assert await one.step() == ALL
        assert await other.step() == []
        assert sorted(one.told) == ["+0", "+1", "+2", "+3"]

    run(scenario)


def test_who_goes_on_talking(run: Run) -> None:
    """
    A machine that says in time that it is there keeps its partitions, however long that goes on.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        for _ in range(3):
            moment.now += LEASE / 2
            assert await one.step() == ALL
            assert await other.step() == []

    run(scenario)


def test_who_has_too_much(run: Run) -> None:
    """
    A machine that has more than its share for two leases is to hand on the rest; until that is done, which
    may take long, it goes on talking and keeps it.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        while moment.now < 3 * LEASE:
            moment.now += LEASE / 2
            assert await one.step() == ALL
            assert await other.step() == []
        assert set(one.handing_over) == {2, 3}

    run(scenario)


def test_both_at_once(run: Run) -> None:
    """
    One machine wakes up just when another takes it for dead: whoever is first, one of them has them then.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        for _ in range(5):
            moment.now += LEASE
            await asyncio.gather(one.step(), other.step())
            assert not {*one.partitions.held} & {*other.partitions.held}
            for machine in (one, other):
                await machine.step()
            assert sorted([*one.partitions.held, *other.partitions.held]) == ALL

    run(scenario)


def test_a_word_that_nobody_answered(run: Run) -> None:
    """
    Whether a word was heard that was not answered is found out, so the next one counts.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        name = one.lease.name
        revision = await one.requests.store(one.lease.subject, b"{}", id="x", expected=one.lease._revision)
        one.lease._revision = None
        moment.now += LEASE / 2
        assert await one.step() == ALL
        assert one.lease.name == name
        assert one.lease._revision is not None
        assert one.lease._revision > revision

    run(scenario)


def test_one_ends(run: Run) -> None:
    """
    A machine that ends gives all back, and others need not wait for its lease.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        one.machines.wanted = False
        await one.step()
        await asyncio.gather(*(one.partitions.release(number) for number in ALL))
        assert one.partitions.held == []
        while await other.step() != ALL:
            pass

    run(scenario)


def test_a_machine_that_was_asleep() -> None:
    """
    A lease is over by a clock that goes on while the machine is asleep: others may have its partitions then.
    In a time namespace this machine has slept for a day.
    """
    program = (
        "import time; from luahost.server.spool.nats.lease import since_start\n"
        "print(since_start() - time.monotonic())"
    )
    asleep = ["unshare", "--user", "--map-root-user", "--time", "--boottime", "86400"]
    command = [sys.executable, "-c", program]
    try:
        subprocess.run([*asleep, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no time namespaces here: {error}")

    done = subprocess.run([*asleep, *command], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 86_000


def test_a_fault_of_our_own(run: Run) -> None:
    """
    A machine in which something goes wrong that nobody has thought of takes part again at its next turn:
    others would wait for what it does not run.
    """

    async def scenario(one: Machine, other: Machine, moment: Moment) -> None:
        moment.now = LEASE
        assert not other.lease.stands
        times = itertools.count()
        other.running = lambda: 1 // next(times)
        taking_part = asyncio.create_task(other.machines.take_part())
        while not other.lease.stands and not taking_part.done():
            await asyncio.wait([taking_part], timeout=0.05)
        assert other.lease.stands
        taking_part.cancel()

    run(scenario)

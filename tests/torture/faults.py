"""
What is done to the servers of a torture run, and to what they need: a kill each round, and more than that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.torture.world import World

AHEAD_SECONDS = (0.0, 0.0, 3.0, 3.0, -20.0, -20.0, 40.0, 200.0, -900.0)
"""Where a clock may jump to; transactions expire after two minutes."""

KILLED_ON_FULL_DISK = 0.3
"""How often a server is killed while its disk is full."""

TWICE = 0.4
"""How often a server gets a second SIGTERM."""

ROUND_SECONDS = 2.0
"""How long a round takes at most, until its kill."""


def kill_server(world: World) -> None:
    """
    SIGKILL for the server.
    """
    with world.ending() as server:
        server.kill()


def kill_worker(world: World) -> None:
    """
    SIGKILL for one of the processes in which scripts run, or the one that makes them.
    """
    if not world.server.kill_worker(world.dice):
        kill_server(world)


def terminate(world: World) -> None:
    """
    SIGTERM for the server, perhaps twice.
    """
    with world.ending() as server:
        server.terminate(twice=world.dice.random() < TWICE)


def outage(world: World) -> None:
    """
    The endpoint refuses connections for a while.
    """
    world.endpoint.down()
    world.load(world.dice.random() * 0.4)
    world.endpoint.up()


def clock_jump(world: World) -> None:
    """
    The clock is set.
    """
    world.set_clock(world.dice.choice(AHEAD_SECONDS))


def changed_script(world: World) -> None:
    """
    The script changes under load; perhaps to one that does not load, for a while.
    """
    world.write_script(f"-- {world.dice.random()}\n" if world.dice.random() < 0.5 else "this is no Lua")
    world.load(world.dice.random())
    world.write_script()


def disk_full(world: World) -> None:
    """
    The spool cannot grow for a while.
    """
    disk = world.dice.choice(world.disks)
    disk.fill(world.server, world.spool, world.dice)
    world.load(world.dice.random() * ROUND_SECONDS)
    if world.dice.random() < KILLED_ON_FULL_DISK:
        world.server.kill()
    disk.free(world.server)
    if not world.server.alive:
        world.start()


Fault = Callable[[World], None]

BEFORE: dict[Fault | None, int] = {
    None: 40,
    outage: 15,
    clock_jump: 15,
    changed_script: 10,
    disk_full: 15,
    terminate: 10,
}
"""What may happen in a round before the kill, and how often."""

KILLS: dict[Fault, int] = {kill_server: 60, kill_worker: 40}


def torture(world: World, kills: int, told: Callable[[int], None] = lambda _: None) -> Counter[str]:
    """
    So many rounds of load, perhaps a fault, and a kill.

    Args:
        world: Where.

        kills: How many.

        told: Called after each kill with its number.

    Returns:
        How often there was which fault.
    """
    done: Counter[str] = Counter()
    for kill in range(1, kills + 1):
        dice = world.dice
        for fault in (_drawn(world, BEFORE), _drawn(world, KILLS)):
            world.load(dice.random() * ROUND_SECONDS, dice.randrange(2, 40))
            if fault is not None:
                done[fault.__name__] += 1
                fault(world)
        told(kill)
    return done


def _drawn(world: World, faults: dict[Fault | None, int] | dict[Fault, int]) -> Fault | None:
    return world.dice.choices(list(faults), list(faults.values()))[0]

"""
Several machines on one spool: who runs what, and what happens when one dies, stands still or leaves.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from luahost.config.nats_place import NatsPlace, nats_place
from luahost.errors import SpoolError, UsageError
from luahost.server.spool import Claim, Entry, Machine, State
from luahost.server.spool.nats.names import partition_in
from luahost.server.spool.nats.spool import NatsSpool
from luahost.server.spool.this_machine import own_id, own_name
from tests.nats.node import Node
from tests.server.spool.nats.places import LEASE_SECONDS, PARTITIONS, set_up

PATIENCE_SECONDS = 60

OpenMachine = Callable[..., NatsSpool]
StartMachine = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def place(nats_url: str) -> NatsPlace:
    """
    A spool that is set up.
    """
    found = nats_place(nats_url)
    set_up(found)
    return found


@pytest.fixture
def open_machine(place: NatsPlace) -> Iterator[OpenMachine]:
    """
    One machine more, in this process.
    """
    opened: list[NatsSpool] = []

    def open_one(*, runs: bool = True) -> NatsSpool:
        opened.append(NatsSpool(place, runs=runs))
        return opened[-1]

    yield open_one
    for spool in opened:
        spool.close()


@pytest.fixture
def start_machine(nats_url: str) -> Iterator[StartMachine]:
    """
    One machine more, in a process of its own, ``holding.py``.
    """
    processes: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.server.spool.nats.holding", nats_url]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def entries(*users: str) -> list[Entry]:
    """
    A transaction for each.
    """
    return [Entry(user=user, payload=user.encode()) for user in users]


def claims_of(machine: subprocess.Popen[bytes], count: int) -> list[list[str]]:
    """
    The next so many claims that a process tells of: ids and attempts.
    """
    assert machine.stdout is not None
    return [machine.stdout.readline().decode().split() for _ in range(count)]


def claimed(spool: NatsSpool, count: int) -> list[Claim]:
    """
    So many claims.
    """
    found: list[Claim] = []
    while len(found) < count:
        found += spool.claim(count - len(found)).result(PATIENCE_SECONDS)
    return found


def test_a_machine_dies(open_machine: OpenMachine, start_machine: StartMachine) -> None:
    """
    What it was running goes on elsewhere, once its lease is over and within seconds: as the next attempt,
    with the answers so far, and before the same users' later transactions.
    """
    intake = open_machine(runs=False)
    first = intake.put(entries("alice", "bob")).result(PATIENCE_SECONDS)
    machine = start_machine()
    assert sorted(claims_of(machine, 2)) == sorted([id, "1"] for id in first)
    later = intake.put(entries("alice", "bob")).result(PATIENCE_SECONDS)
    other = open_machine()
    waiting = other.claim(1)
    killed = time.monotonic()
    machine.kill()

    claims = [*waiting.result(PATIENCE_SECONDS), *claimed(other, 1)]
    seconds = time.monotonic() - killed

    assert sorted((claim.id, claim.attempt) for claim in claims) == sorted((id, 2) for id in first)
    assert [claim.answers for claim in claims] == [{"key": claim.id.encode()} for claim in claims]
    assert LEASE_SECONDS / 2 < seconds < PATIENCE_SECONDS
    other.done(*(claim.id for claim in claims)).result(PATIENCE_SECONDS)
    assert {claim.id for claim in claimed(other, 2)} == set(later)


def test_a_machine_stands_still(open_machine: OpenMachine, start_machine: StartMachine) -> None:
    """
    A machine that stood still for longer than its lease has lost what it ran, to another; awake again, it
    runs nothing that the other one has.
    """
    intake = open_machine(runs=False)
    [id] = intake.put(entries("alice")).result(PATIENCE_SECONDS)
    machine = start_machine()
    claims_of(machine, 1)
    os.kill(machine.pid, signal.SIGSTOP)
    other = open_machine()

    [claim] = claimed(other, 1)
    os.kill(machine.pid, signal.SIGCONT)

    assert (claim.id, claim.attempt) == (id, 2)
    [later] = intake.put(entries("alice")).result(PATIENCE_SECONDS)
    other.done(id).result(PATIENCE_SECONDS)
    assert [claim.id for claim in claimed(other, 1)] == [later]
    states = {one.id: (one.state, one.attempts) for one in intake.transactions()}
    assert states == {id: (State.DONE, 2), later: (State.RUNNING, 1)}


def test_servers_are_silent(nats_node: Node) -> None:
    """
    While the servers are silent for longer than a lease it is not known whether what was claimed is still
    ours, and it cannot be settled; when they answer again and nobody else has it, it goes on.
    """
    place = nats_place(nats_node.url)
    set_up(place, lease_seconds=0.5)
    with NatsSpool(place) as spool:
        [id] = spool.put(entries("alice")).result(PATIENCE_SECONDS)
        claimed(spool, 1)
        assert spool.holds(id)

        nats_node.pause()
        while spool.holds(id):
            time.sleep(0.01)
        with pytest.raises(SpoolError, match="not known at the moment"):
            spool.done(id).result(PATIENCE_SECONDS)
        nats_node.resume()

        while not spool.holds(id):
            time.sleep(0.01)
        spool.done(id).result(PATIENCE_SECONDS)
        assert [(one.state, one.attempts) for one in spool.transactions()] == [(State.DONE, 1)]


def test_a_machine_leaves(open_machine: OpenMachine) -> None:
    """
    One that ends hands on what it has not begun at once, and the rest when that is done.
    """
    leaving = open_machine()
    ids = leaving.put(entries("alice")).result(PATIENCE_SECONDS)
    claimed(leaving, 1)
    other = open_machine()
    leaving.drain()

    later = other.put(entries("alice", *"bcdefgh")).result(PATIENCE_SECONDS)
    waiting = {claim.id for claim in claimed(other, 1)}
    leaving.done(*ids).result(PATIENCE_SECONDS)
    waiting |= {claim.id for claim in claimed(other, 7)}

    assert waiting == set(later)


def test_machines_share(open_machine: OpenMachine) -> None:
    """
    Machines that only take in run nothing; of those that run each says that it is there, and one user's
    transactions run on one of them at a time, in order, whoever took them in.
    """
    intakes = [open_machine(runs=False) for _ in range(2)]
    machines = [open_machine() for _ in range(2)]
    users = [f"user{number}" for number in range(6)]
    running: set[str] = set()
    ran: dict[str, list[str]] = {user: [] for user in users}

    def run(spool: NatsSpool) -> None:
        while claims := spool.claim(2).result(PATIENCE_SECONDS):
            for claim in claims:
                assert claim.user not in running
                running.add(claim.user)
                ran[claim.user].append(claim.id)
                spool.record_answer(claim.id, "key", b"").result(PATIENCE_SECONDS)
                running.remove(claim.user)
                spool.done(claim.id).result(PATIENCE_SECONDS)

    with ThreadPoolExecutor(4) as threads:
        runners = [threads.submit(run, spool) for spool in machines]
        put: dict[str, list[str]] = {user: [] for user in users}
        for number in range(5):
            ids = intakes[number % 2].put(entries(*users)).result(PATIENCE_SECONDS)
            for user, id in zip(users, ids, strict=True):
                put[user].append(id)
        there = intakes[0].machines()
        while intakes[0].status().unfinished:
            intakes[0].put([]).result(PATIENCE_SECONDS)
        for spool in machines:
            spool.drain()
        for runner in runners:
            runner.result(PATIENCE_SECONDS)

    assert ran == put
    assert there == [Machine(name=own_name(), process=os.getpid(), id=own_id())] * 2


def test_messages_that_are_too_short(place: NatsPlace) -> None:
    """
    Servers that do not take the longest transaction as a message are refused at once.
    """
    with pytest.raises(UsageError, match=r"take messages of 8388608 bytes, and .* max_body_bytes: 8388608"):
        NatsSpool(place, longest_bytes=8_388_609)


def test_a_share(nats_url: str) -> None:
    """
    A machine that has had more than its share for a while hands on what it has too much.
    """
    place = nats_place(nats_url)
    set_up(place, lease_seconds=1.0)
    with NatsSpool(place) as first:
        assert len(first.partitions()) == PARTITIONS
        first.put(entries(*(f"user{number}" for number in range(20)))).result(PATIENCE_SECONDS)
        with NatsSpool(place) as second:
            there: set[int | str] = set()
            while len(there) < PARTITIONS / 2:
                there |= {partition_in(claim.id) for claim in claimed(second, 1)}

            assert set(second.partitions()) == there
            assert set(first.partitions()) == {*range(PARTITIONS)} - there

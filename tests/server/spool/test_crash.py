"""
Processes that work on a spool are killed, and nothing that they were answered is lost.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from luahost.server.spool import SqliteSpool, State, Summary

CRASHES = 4

ENDS = {"done": State.DONE, "dead": State.DEAD, "postponed": State.RETRYING}


def killed_at_random(file: Path, dice: random.Random) -> list[list[str]]:
    """
    What a busy process said until it was killed.
    """
    command = [sys.executable, "-m", "tests.server.spool.busy_writer", str(file), str(dice.random())[2:]]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(dice.randrange(1, 300)):
            lines.append(process.stdout.readline())
        process.kill()
        lines += process.stdout.readlines()
    return [line.decode().split() for line in lines if line.endswith(b"\n")]


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    """
    After each kill everything put is there, ended as was answered, with its answers; what was running is
    found again, and what is left runs in each user's order; so does what runs together.
    """
    file, seed = tmp_path / "spool.sqlite", random.randrange(10**9)
    dice = random.Random(seed)
    said: list[list[str]] = []
    for _ in range(CRASHES):
        said += killed_at_random(file, dice)
        with SqliteSpool(file) as spool:
            kept = {one.id: one for one in spool.transactions()}
            check(said, kept, spool, seed)
    run_the_rest(file, seed)


def check(said: list[list[str]], kept: dict[str, Summary], spool: SqliteSpool, seed: int) -> None:
    """
    Compare what was answered with what is there.
    """
    ends: dict[str, State] = {}
    for what, id, *user in said:
        assert id in kept, (seed, what, id)
        if what == "put":
            assert [kept[id].user] == user, seed
        elif what in ENDS:
            assert ends.get(id, State.RETRYING) is State.RETRYING, (seed, f"{id} ran after its end")
            ends[id] = ENDS[what]
    for id, end in ends.items():
        if end is not State.RETRYING:
            assert kept[id].state is end, (seed, id)
    assert all(one.state is not State.RUNNING for one in kept.values()), seed
    answered = [id for what, id, *_ in said if what == "answer"]
    for id in answered[-20:]:
        details = spool.show(id)
        assert details is not None
        assert details.answers == {"key": id.encode()}, seed


def run_the_rest(file: Path, seed: int) -> None:
    """
    What is left runs to its end, each user's in the order in which it was put.
    """
    with SqliteSpool(file) as spool:
        left = [one for one in spool.transactions() if one.state in (State.QUEUED, State.RETRYING)]
        ran: list[str] = []
        while len(ran) < len(left):
            for claim in spool.claim(10).result(10):
                ran += [claim.id, *(one.id for one in claim.together)]
                spool.done(claim.id)
    for user in {one.user for one in left}:
        order = [one.id for one in left if one.user == user]
        assert [id for id in ran if id in order] == order, seed

"""
Moving house: from a file to NATS and back.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from luahost.config.nats_place import nats_place
from luahost.errors import UsageError
from luahost.server.spool import Claim, Entry, Spool, SpoolControl, SqliteControl, SqliteSpool, State, Window
from luahost.server.spool.moving import move
from luahost.server.spool.nats.control import NatsControl
from luahost.server.spool.nats.spool import NatsSpool
from luahost.testing import ManualClock
from tests.cli.command_line import luahost
from tests.server.spool.conftest import SettableClock
from tests.server.spool.nats.places import set_up

PATIENCE_SECONDS = 30

WINDOW_SECONDS = 10


class House:
    """
    A place for a spool.
    """

    def __init__(self, kind: str, folder: Path, url: str, clock: ManualClock) -> None:
        self.url = url if kind == "nats" else f"sqlite:{folder / 'spool.db'}"
        self._clock = clock
        self._file = None if kind == "nats" else folder / "spool.db"
        if self._file is None:
            set_up(nats_place(url))

    def serve(self) -> Spool:
        """
        As a server has it.
        """
        if self._file is None:
            return NatsSpool(nats_place(self.url), clock=self._clock)
        return SqliteSpool(self._file, clock=self._clock)

    def control(self) -> SpoolControl:
        """
        As an operator has it.
        """
        if self._file is None:
            return NatsControl(nats_place(self.url), clock=self._clock)
        return SqliteControl(self._file, make=True, clock=self._clock)


Houses = tuple[House, House]


@pytest.fixture(params=["to NATS", "from NATS"])
def houses(request: pytest.FixtureRequest, tmp_path: Path, nats_url: str, clock: SettableClock) -> Houses:
    """
    The old one and the new one.
    """
    kinds = ("file", "nats") if request.param == "to NATS" else ("nats", "file")
    old, new = (House(kind, tmp_path, nats_url, clock) for kind in kinds)
    return old, new


@pytest.fixture
def users(houses: Houses, clock: SettableClock) -> list[str]:
    """
    Transactions of each state in the old house, two of one user, two that run together; their ids.
    """
    window = Window(key="INBOX", until=clock.time() + WINDOW_SECONDS)
    names = ["done", "dead", "expired", "retrying", "running", "queued", "queued"]
    with houses[0].serve() as spool:
        entries = [
            Entry(user=name, payload=name.encode(), expires=clock.time() + (0 if name == "expired" else 999))
            for name in names
        ]
        joined = [Entry(user="joined", payload=b"", window=window)] * 2
        ids = dict(zip(names, spool.put(entries[:5]).result(PATIENCE_SECONDS), strict=False))
        claim_all(spool, 4)
        spool.record_answer(ids["dead"], "key", b"\0answer").result(PATIENCE_SECONDS)
        spool.record_answer(ids["retrying"], "key", b"other").result(PATIENCE_SECONDS)
        spool.done(ids["done"]).result(PATIENCE_SECONDS)
        spool.bury(ids["dead"], reason="410").result(PATIENCE_SECONDS)
        spool.postpone(ids["retrying"], due=clock.time() + 30, reason="503").result(PATIENCE_SECONDS)
        spool.put([*joined, *entries[5:]]).result(PATIENCE_SECONDS)
        clock.advance(WINDOW_SECONDS)
        together = next(one for one in claim_all(spool, 2) if one.user == "joined")
        spool.postpone(together.id, due=clock.time() + 30, reason="503").result(PATIENCE_SECONDS)
        return [one.id for one in spool.transactions()]


def claim_all(spool: Spool, count: int) -> list[Claim]:
    """
    So many claims.
    """
    found: list[Claim] = []
    while len(found) < count:
        found += spool.claim(count - len(found)).result(PATIENCE_SECONDS)
    return found


def heard(written: int, number: int) -> None:
    """
    Nobody watches.
    """
    assert written <= number


def test_all_goes_along(houses: Houses, users: list[str], clock: SettableClock) -> None:
    """
    All is there as it was, under its id and in its order, and goes on: attempts, answers, those that ran
    together.
    """
    with houses[0].control() as old, houses[1].control() as new, old.alone(), new.alone():
        before = {one.id: old.show(one.id) for one in old.transactions()}
        assert move(old, new, told=heard) == len(users)
        assert old.transactions() == []
        after = {one.id: new.show(one.id) for one in new.transactions()}

    assert {*after} == {*before}
    for id, details in before.items():
        moved = after[id]
        assert moved is not None
        assert details is not None
        assert (moved.payload, moved.answers) == (details.payload, details.answers)
        if details.summary.state is not State.RUNNING:
            assert moved.summary == details.summary
    clock.advance(30)
    with houses[1].serve() as spool:
        claims = {one.user: one for one in claim_all(spool, 4)}
        assert [one.attempt for one in claims.values()].count(2) >= 3
        assert claims["retrying"].answers == {"key": b"other"}
        assert len(claims["joined"].together) == 1
        spool.done(*(one.id for one in claims.values())).result(PATIENCE_SECONDS)
        assert [one.user for one in claim_all(spool, 1)] == ["queued"]
        dead = next(one.id for one in spool.transactions(states=[State.DEAD]))
        spool.retry(dead)
        assert [(one.id, one.answers) for one in claim_all(spool, 1)] == [(dead, {"key": b"\0answer"})]


def test_interrupted(houses: Houses, users: list[str]) -> None:
    """
    Interrupted at any step, nothing is lost, and done again it is as if it had not been.
    """
    for step in range(3):
        with houses[0].control() as old, houses[1].control() as new:
            wholes = old.whole(users)
            with old.alone(), new.alone():
                new.take_in(wholes[: 3 + step])
                if step == 2:
                    new.take_in(wholes)
                    old.let_go(users[:2])
    with houses[0].control() as old, houses[1].control() as new, old.alone(), new.alone():
        assert move(old, new, told=heard) == len(users) - 2
        assert sorted(one.id for one in new.transactions()) == sorted(users)
        assert old.transactions() == []


def test_a_server_works_on_it(houses: Houses, users: list[str]) -> None:
    """
    While a server has one of them, nothing is moved.
    """
    for house in houses:
        with house.serve(), houses[0].control() as old, houses[1].control() as new:
            with pytest.raises(UsageError), old.alone(), new.alone():
                move(old, new, told=heard)
            assert len(old.transactions()) == len(users)


def test_the_command(tmp_path: Path, nats_url: str) -> None:
    """
    It says how many it has moved.
    """
    set_up(nats_place(nats_url))
    with SqliteSpool(tmp_path / "spool.db") as spool:
        spool.put([Entry(user="alice", payload=b"{}")] * 3).result(PATIENCE_SECONDS)

    said = luahost("spool", "move", f"sqlite:{tmp_path / 'spool.db'}", nats_url)

    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(b"3 transactions are moved from")


def test_the_command_is_refused(tmp_path: Path) -> None:
    """
    While a server works on what is to be moved, nothing is made where it would go.
    """
    with SqliteSpool(tmp_path / "spool.db"):
        before = {*tmp_path.iterdir()}
        said = luahost("spool", "move", str(tmp_path / "spool.db"), str(tmp_path / "new.db"))
        assert {*tmp_path.iterdir()} == before

    assert said.returncode == 2
    assert b"another luahost works on this spool" in said.stderr


def test_the_command_is_interrupted(tmp_path: Path) -> None:
    """
    Who presses Ctrl-C hears that nothing is lost, and what to do next.
    """
    with SqliteSpool(tmp_path / "spool.db") as spool:
        spool.put([Entry(user="alice", payload=b"{}")]).result(PATIENCE_SECONDS)

    # Who connects there waits for a word of a server.
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        target = f"nats://127.0.0.1:{nobody.getsockname()[1]}/luahost"
        command = [sys.executable, "-m", "luahost", "spool", "move", str(tmp_path / "spool.db"), target]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as moving:
            nobody.settimeout(PATIENCE_SECONDS)
            with nobody.accept()[0]:
                moving.send_signal(signal.SIGINT)
                _, said = moving.communicate(timeout=PATIENCE_SECONDS)

    assert moving.returncode == -signal.SIGINT
    assert b"Nothing is lost" in said
    assert b"give the same command again before a server is started" in said
    with SqliteControl(tmp_path / "spool.db") as control:
        assert len(control.transactions()) == 1

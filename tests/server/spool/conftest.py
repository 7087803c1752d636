"""
Every implementation of the seam, for the tests that hold each to it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from luahost.clock import SYSTEM_CLOCK
from luahost.config.nats_place import nats_place
from luahost.server.spool import Claim, Entry, Spool, SqliteSpool, State
from luahost.server.spool.nats.spool import NatsSpool
from luahost.testing import ManualClock
from tests.server.spool.nats.places import set_up

OpenSpool = Callable[..., Spool]
Put = Callable[..., str]
ClaimOne = Callable[[], Claim]


class SettableClock(ManualClock):
    """
    A clock whose time of day somebody sets.
    """

    set_back_ns = 0

    def time_ns(self) -> int:
        """
        The time of day, in nanoseconds since 1970.
        """
        return super().time_ns() - self.set_back_ns


@pytest.fixture
def clock() -> SettableClock:
    """
    The spool's time. It has to be told that time has passed, by asking it for something.
    """
    return SettableClock(1_000_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """
    Where a spool in a file is to be.
    """
    return tmp_path / "spool.sqlite"


@pytest.fixture(params=["sqlite", "nats"])
def open_spool(request: pytest.FixtureRequest, file: Path, clock: ManualClock) -> Iterator[OpenSpool]:
    """
    Opens a spool; called again, the same one.
    """
    spools: list[Spool] = []
    if request.param == "sqlite":
        opened: Callable[..., Spool] = functools.partial(SqliteSpool, file)
    else:
        place = nats_place(request.getfixturevalue("nats_url"))
        set_up(place)
        opened = functools.partial(NatsSpool, place)

    def open_one(*, real_time: bool = False, **options: Any) -> Spool:
        spool = opened(clock=SYSTEM_CLOCK if real_time else clock, **options)
        spools.append(spool)
        return spool

    yield open_one
    for spool in spools:
        spool.close()


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """
    More transactions than are put, changed or looked at in one go.
    """
    return 2500 if "sqlite" in request.node.callspec.id else 1100


@pytest.fixture
def spool(open_spool: OpenSpool) -> Spool:
    """
    An empty one.
    """
    return open_spool()


@pytest.fixture
def put(spool: Spool) -> Put:
    """
    Puts one transaction; answers its id.
    """

    def put_one(user: str = "alice", payload: bytes = b"{}", expires: float | None = None) -> str:
        return spool.put([Entry(user=user, payload=payload, expires=expires)]).result(10)[0]

    return put_one


@pytest.fixture
def claim(spool: Spool) -> ClaimOne:
    """
    Claims the next one, which must be there.
    """
    return lambda: spool.claim().result(10)[0]


def nothing_for(waiting: Future[list[Claim]], spool: Spool) -> bool:
    """
    Whether a claim still waits when all that was asked for before is done.
    """
    spool.put([]).result(10)
    return not waiting.done()


def state(spool: Spool, id: str) -> State:
    """
    A transaction's state.
    """
    details = spool.show(id)
    assert details is not None
    return details.summary.state

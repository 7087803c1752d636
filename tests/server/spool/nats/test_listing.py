"""
Taking old transactions out of a spool whose machines have clocks that differ.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from luahost.clock import Clock
from luahost.config.nats_place import NatsPlace, nats_place
from luahost.server.spool import Entry, PutKey, State
from luahost.server.spool.nats.spool import NatsSpool
from luahost.testing import ManualClock
from tests.server.spool.nats.places import set_up

SECONDS = 30


def _run_one(place: NatsPlace, clock: Clock, name: str) -> None:
    """
    A machine with this clock takes and runs one, and ends.
    """
    with NatsSpool(place, clock=clock) as spool:
        key = PutKey(key=name, digest=b"")
        [id] = spool.put([Entry(user=name, payload=b"{}")], key=key).result(SECONDS)
        while not spool.claim().result(SECONDS):
            pass
        spool.done(id).result(SECONDS)
        spool.drain()


def test_a_clock_that_was_ahead(nats_url: str) -> None:
    """
    What a machine did whose clock was a year ahead is removed when it is old by the clocks of the servers,
    and keeps nothing that came later from being removed.
    """
    place = nats_place(nats_url)
    set_up(place)
    now = datetime.now(UTC)
    _run_one(place, ManualClock(now + timedelta(days=365)), "ahead")
    _run_one(place, ManualClock(now), "right")
    with NatsSpool(place, runs=False) as spool:
        minute_ago, soon = time.time() - 60, time.time() + 60

        assert spool.purge(before=minute_ago) == 0
        assert spool.forget_keys(before=minute_ago) == 0
        assert spool.purge(before=soon) == 2
        assert spool.forget_keys(before=soon) == 2
        assert spool.status().counts[State.DONE] == 0

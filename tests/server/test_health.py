"""
What a server says of its health, with a queue that does not move.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from luahost.config import read_configuration
from luahost.errors import SpoolError
from luahost.server.condition import condition_of
from luahost.server.spool import Entry, SqliteControl, SqliteSpool
from luahost.server.supervisor import Server
from luahost.testing import ManualClock
from tests.server.full_disk import no_room
from tests.sources.recorded import transaction


def test_a_full_disk(tmp_path: Path) -> None:
    """
    While nothing can be written the server says that it is broken and why, and is not to be started anew for
    that; then it is well again.
    """
    file = tmp_path / "luahost.yaml"
    section = {"listen": "unix:s", "spool": "spool.db", "running": 1}
    file.write_text(json.dumps({"drivers": ["dlog"], "serve": section}))
    configuration = read_configuration(str(file))
    entries = [Entry(user="bob", payload=json.dumps(transaction()).encode())]
    with SqliteSpool(tmp_path / "spool.db") as spool:
        server = Server(configuration, spool)
        server.start()
        with no_room(tmp_path / "spool.db", 0):
            with pytest.raises(SpoolError):
                spool.put(entries).result(10)
            full = server.health()
            with SqliteControl(tmp_path / "spool.db") as control:
                seen = condition_of(control, configuration.serve, now=time.time())
            lives = server.lives()
        spool.put(entries).result(10)
        again = server.health()
        server.end()

    assert (full.well, full.told["status"], lives) == (False, "broken", True)
    assert full.told["detail"].startswith(f"nothing can be taken: {tmp_path / 'spool.db'}: ")
    assert (seen.status, seen.detail) == ("broken", full.told["detail"])
    assert (again.well, again.told["status"]) == (True, "ok")
    assert "detail" not in again.told


def test_a_queue_that_does_not_move(tmp_path: Path) -> None:
    """
    When the oldest transaction has waited for longer than ``stale_seconds`` the server is not well, and says
    so, also to ``luahost status``.
    """
    file = tmp_path / "luahost.yaml"
    section = {"listen": "unix:s", "spool": "spool.db", "running": 1, "stale_seconds": 60}
    file.write_text(json.dumps({"drivers": ["dlog"], "serve": section}))
    configuration = read_configuration(str(file))
    clock = ManualClock(1_000_000)
    with SqliteSpool(tmp_path / "spool.db", clock=clock) as spool:
        entries = [Entry(user="bob", payload=json.dumps(transaction()).encode())]
        [id] = spool.put(entries).result(10)
        # Whatever runs later, this one waits for an hour.
        [claim] = spool.claim().result(10)
        spool.postpone(claim.id, due=clock.time() + 3600, reason="503").result(10)
        server = Server(configuration, spool, clock=clock)
        server.start()
        fresh = server.health()
        clock.advance(61)
        stale = server.health()
        with SqliteControl(tmp_path / "spool.db", clock=clock) as control:
            seen = condition_of(control, configuration.serve, now=clock.time())
        server.end()

    assert (fresh.well, fresh.told["status"]) == (True, "ok")
    assert (stale.well, stale.told["status"], stale.told["oldest_seconds"]) == (False, "stale", 61)
    assert (seen.status, seen.oldest_seconds, id) == ("stale", 61, claim.id)

"""
A short torture run; ``make torture`` does a long one.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.torture.checker import violations
from tests.torture.faults import clock_jump, disk_full, kill_server, kill_worker, outage, terminate
from tests.torture.records import Outcome
from tests.torture.world import World

FAULTS = (outage, kill_worker, disk_full, kill_server, clock_jump, terminate)

ROUND_SECONDS, ROUND_TRANSACTIONS = 1.0, 8


def test_nothing_is_lost_nor_done_twice(tmp_path: Path) -> None:
    """
    Whatever happens to servers, processes, disk, clock and endpoint, what was accepted ends as the policy
    says, each user's in order, and no request is repeated whose answer was not lost.
    """
    seed = random.randrange(10**9)
    with World(tmp_path, seed, clients=2, attempts=3) as world:
        for fault in FAULTS:
            world.load(ROUND_SECONDS, ROUND_TRANSACTIONS)
            fault(world)
        logs = world.finish()

    assert violations(logs) == [], f"seed {seed}"
    outcomes, lives = {posted.outcome for posted in logs.posted}, len(logs.lives)
    assert (Outcome.ACCEPTED in outcomes, lives >= 3) == (True, True), f"seed {seed}"

"""
Hostile scripts in workers leave the host as it was.
"""

from __future__ import annotations

from tests.hostile import LATE_SECONDS, LIMIT_SECONDS, measured


def test_hostile_transactions() -> None:
    """
    After forty of them the host has as many descriptors and processes as before and hardly more memory,
    and none took much longer than it may. ``make hostile`` does 10,000.
    """
    figures = measured(40)

    assert figures.problems() == []
    # A call of begin_txn, one of a handler, and a state that is loaded anew.
    assert max(figures.seconds) < 3 * LIMIT_SECONDS + LATE_SECONDS

"""
What the timeline says, beyond what tests of the command line see.
"""

from __future__ import annotations

import io

from luahost.effects import Effects, Log
from luahost.timeline import Timeline


def test_says_which_driver_is_at_work() -> None:
    """
    The driver's name stands in front of what it did, again in each transaction.
    """
    stream = io.StringIO()
    effects = Effects(Timeline(stream).effect)
    for transaction, driver in ((1, "a"), (1, "a"), (1, "b"), (2, "b"), (2, None)):
        with effects.working(transaction=transaction, driver=driver):
            effects.add(Log(level="info", text="hello"))

    assert [line.strip() for line in stream.getvalue().splitlines() if "hello" not in line] == [
        "transaction 1",
        "driver a",
        "driver b",
        "transaction 2",
        "driver b",
    ]

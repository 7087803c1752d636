"""
The end of an exchange.
"""

from __future__ import annotations

from luahost.errors import EndpointError
from luahost.exchange import OVERALL, TALKING
from luahost.network.deadline import EARLY_SECONDS, Deadline


def detail(deadline: Deadline) -> str | None:
    """
    What is told of a step that had no time left.
    """
    return deadline.judged(EndpointError("timeout", TALKING)).detail


def test_wait_that_ends_early() -> None:
    """
    A wait that lasts as long as the exchange is over with that, though the clock of an event loop has ended
    it a little before.
    """
    deadline = Deadline(EARLY_SECONDS / 2)
    assert deadline.seconds(None) is not None

    assert detail(deadline) == OVERALL


def test_wait_of_its_own() -> None:
    """
    A step that ends because of its own patience is told of as that.
    """
    deadline = Deadline(60)
    deadline.seconds(1)
    assert detail(deadline) == TALKING
    deadline.seconds(None)
    assert detail(deadline) == TALKING

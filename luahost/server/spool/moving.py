"""
Moving house: all transactions of a spool go to another one, whatever is behind either.

First all are written where they go, then all are removed where they were. Whoever is interrupted does the
same again: what is there already is not written twice.
"""

from __future__ import annotations

from collections.abc import Callable

from luahost.server.spool.spool import SpoolControl

AT_ONCE = 100
"""How many are written or removed together."""


def move(source: SpoolControl, target: SpoolControl, *, told: Callable[[int, int], None]) -> int:
    """
    Move all transactions, with how far they are, what was answered to their requests, and their ids. The keys
    of batches stay behind. While :meth:`~luahost.server.spool.spool.SpoolControl.alone` on both.

    Args:
        source: From where.

        target: To where; what is there comes first.

        told: Hears how many are written and of how many, now and then.

    Returns:
        How many were moved.

    Raises:
        SpoolError: One of them failed; nothing is lost, and it can be done again.
    """
    ids = [summary.id for summary in source.transactions()]
    for begin in range(0, len(ids), AT_ONCE):
        target.take_in(source.whole(ids[begin : begin + AT_ONCE]))
        told(min(begin + AT_ONCE, len(ids)), len(ids))
    for begin in range(0, len(ids), AT_ONCE):
        source.let_go(ids[begin : begin + AT_ONCE])
    return len(ids)

"""
The order in which a transaction tells of its messages.

Dovecot keeps a transaction's messages in a hash table by their place in the mailbox, and goes through
its buckets. So the order is that of the places until there are more than 66 of them. Seen in 2.3.19.1:
STORE on messages 1:67 tells of 67 first, then of 1 to 66.
"""

from __future__ import annotations

from collections.abc import Iterable

SMALLEST_TABLE = 67
"""Buckets of a new table."""

TABLE_SIZES = (17, 37, 67, 131, 257, 521, 1031, 2053, 4099, 8209, 16411, 32771, 65537, 131101, 262147, 524309)
"""Sizes to grow to; the one for n messages is picked by the position of n's highest bit."""


def hash_order(places: Iterable[int]) -> list[int]:
    """
    Places in Dovecot's order.

    Args:
        places: In the order in which the operation comes to them.
    """
    buckets: list[list[int]] = [[] for _ in range(SMALLEST_TABLE)]
    for count, place in enumerate(places):
        # A table is looked at for growth only when two messages meet in a bucket.
        if buckets[place % len(buckets)] and count >= 2 * len(buckets):
            buckets = _grown(buckets, count + 1)
        buckets[place % len(buckets)].append(place)
    return [place for bucket in buckets for place in bucket]


def _grown(buckets: list[list[int]], count: int) -> list[list[int]]:
    fitting = TABLE_SIZES[min(max(count.bit_length() - 4, 0), len(TABLE_SIZES) - 1)]
    if fitting <= len(buckets):
        return buckets
    grown: list[list[int]] = [[] for _ in range(fitting)]
    for bucket in buckets:
        for place in bucket:
            grown[place % fitting].append(place)
    return grown

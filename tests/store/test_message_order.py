"""
The order in which a transaction tells of its messages, as a real 2.3.19.1 was seen to do it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from luahost.store.message_order import hash_order


@pytest.mark.parametrize(
    ("places", "order"),
    [
        (range(0), []),
        (range(1, 67), range(1, 67)),
        (range(1, 68), [67, *range(1, 67)]),
        (range(1, 69), [67, 1, 68, *range(2, 67)]),
        (range(60, 76), [*range(67, 76), *range(60, 67)]),
        (range(1, 136), range(1, 136)),
        ([3, 1, 2], [1, 2, 3]),
        ([68, 1], [68, 1]),
    ],
    ids=str,
)
def test_order(places: Sequence[int], order: Sequence[int]) -> None:
    """
    Places come by their remainder, and as they were met where that is the same; a full table grows.
    """
    assert hash_order(places) == list(order)


def test_134_messages_fill_the_first_table() -> None:
    """
    With two messages in every bucket the table still has its first size.
    """
    assert hash_order(range(1, 135))[:6] == [67, 134, 1, 68, 2, 69]


def test_none_is_lost() -> None:
    """
    However many messages there are, each is told of once.
    """
    assert sorted(hash_order(range(1, 5001))) == list(range(1, 5001))

"""
What a machine knows of its partitions.
"""

from __future__ import annotations

from luahost.server.spool.nats.book import Book, Item
from luahost.server.spool.nats.forms import Kept
from luahost.testing import ManualClock


def item(sequence: int, user: str = "alice", partition: int = 1) -> Item:
    """
    A transaction that nobody has begun.
    """
    return Item(f"{partition}-{sequence:016x}-0", partition, Kept(user=user, accepted=0.0), sequence)


def test_what_is_heard_of_twice() -> None:
    """
    One that is known is not there twice, whether it is read or heard of.
    """
    book = Book(ManualClock())
    book.open(1)

    for sequence in (2, 1, 2, 1):
        book.add(item(sequence))

    assert book.turns.unfinished == 2
    [first], _ = book.take(9)
    assert first.sequence == 1


def test_a_partition_that_goes() -> None:
    """
    When a partition goes, what waits there is not known any more, and other partitions are as they were. What
    ran there is a ghost until its claimer hears of it.
    """
    book = Book(ManualClock())
    for partition in (1, 2):
        book.open(partition)
    for each in (item(1), item(2), item(3, "bob", 2)):
        book.add(each)
    book.take(1)

    book.close(1)

    assert (book.turns.unfinished, book.is_open(1), book.is_open(2)) == (1, False, True)
    assert [waiting.user for waiting in book.take(9)[0]] == ["bob"]


def test_a_partition_that_is_handed_over() -> None:
    """
    What runs there goes on to its end; what waits is given out no more.
    """
    book = Book(ManualClock())
    book.open(1)
    for each in (item(1), item(2), item(3, "bob")):
        book.add(each)
    [first], _ = book.take(1)

    book.retire(1)

    assert book.running_in(1)
    assert book.take(9)[0] == []
    book.again(first)
    assert not book.running_in(1)
    assert book.turns.unfinished == 0

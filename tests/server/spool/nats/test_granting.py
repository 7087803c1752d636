"""
Reading anew how far a transaction is that waits.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from luahost.errors import SpoolError
from luahost.server.spool.nats.book import Book, Item
from luahost.server.spool.nats.forms import Kept
from luahost.server.spool.nats.granting import Granting
from luahost.server.spool.nats.names import Names
from luahost.server.spool.nats.requests import Message
from luahost.testing import ManualClock

MESSAGE = Message("luahost.txn.0.alice.1-a", 7, b"{}", {})


class Servers:
    """
    What servers say of a transaction.

    Args:
        leader: Who leads, or did before it was cut off, and does not know yet that another does.

        copy: One that keeps a copy.
    """

    def __init__(self, *, leader: Message | None, copy: Message | None) -> None:
        self.leader = leader
        self.copy = copy

    async def newest(self, stream: str, subject: str) -> Message | None:
        """
        See :meth:`Requests.newest`; no attempt of it is known.
        """
        return None if "attempts" in stream else self.leader

    async def message(self, stream: str, sequence: int) -> Message | None:
        """
        See :meth:`Requests.message`.
        """
        return self.copy


def _reread(servers: Servers) -> tuple[bool, str]:
    """
    Read a transaction anew that waits: whether it waits still, and what went wrong.
    """
    clock = ManualClock()
    book = Book(clock)
    book.open(0)
    item = Item("1-a", 0, Kept(user="alice", accepted=clock.time(), expires=None), 7)
    book.add(item)
    unused = cast("Any", None)
    granting = Granting(
        cast("Any", servers), Names("luahost"), book, unused, unused, unused, node="n", clock=clock
    )
    wrong = ""
    try:
        asyncio.run(granting.reread(item))
    except SpoolError as error:
        wrong = str(error)
    return book.waits(item), wrong


def test_a_transaction_that_is_gone() -> None:
    """
    One of which no server knows is not waited for any more.
    """
    assert _reread(Servers(leader=None, copy=None)) == (False, "")


def test_a_leader_of_the_past() -> None:
    """
    A server that led, was cut off and is back does not know what was put meanwhile. What it says is not there
    is still waited for if there is a copy of it, and is not overtaken by what was put later.
    """
    waits, wrong = _reread(Servers(leader=None, copy=MESSAGE))

    assert waits
    assert "not known at the moment" in wrong

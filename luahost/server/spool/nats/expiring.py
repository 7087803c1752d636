"""
Transactions whose time is over before their turn comes: they are moved to the stream of what is expired, and
told of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from luahost.dataclass import replace
from luahost.errors import SpoolError
from luahost.server.spool.entries import TOO_LATE, Expired, State, Summary
from luahost.server.spool.nats.book import Book, Item
from luahost.server.spool.nats.forms import summary_of_end
from luahost.server.spool.nats.partitions import Partitions
from luahost.server.spool.nats.settling import Settling, may_have_answers

AGAIN_SECONDS = 1.0
"""The pause before what could not be written is tried again."""


class Expiring:
    """
    Writes that transactions are expired, in the connection's loop.

    Args:
        settling: Writes how they end.

        book: What waits and runs.

        partitions: Those that are ours.

        expired: Hears of those that are, once that is written.
    """

    def __init__(self, settling: Settling, book: Book, partitions: Partitions, expired: Expired) -> None:
        self._settling = settling
        self._book = book
        self._partitions = partitions
        self._expired = expired

    def begin(self, items: Iterable[Item]) -> None:
        """
        The time of these was over before their turn came. The book knows nothing of them any more.
        """
        self._settling.begin(self._all(items))

    async def _all(self, items: Iterable[Item]) -> None:
        found = await asyncio.gather(*(self._one(item) for item in items))
        if told := [summary for summary in found if summary is not None]:
            self._expired(told)

    async def _one(self, item: Item) -> Summary | None:
        """
        What it is now; None if that could not be written.
        """
        settling = self._settling
        try:
            if item.standing.state is not State.EXPIRED:
                await settling.write(item, replace(item.standing, state=State.EXPIRED))
            payload = await settling.payload(item)
            end = await settling.finish(
                item,
                State.EXPIRED,
                item.standing.reason or TOO_LATE,
                payload,
                answered=may_have_answers(item),
            )
        except SpoolError:
            item.revision = None
            settling.begin(self._later(item))
            return None
        await settling.tidy_up(item)
        return summary_of_end(item.id, State.EXPIRED, end, len(payload))

    async def _later(self, item: Item) -> None:
        """
        Look at one again that could not be written.
        """
        await asyncio.sleep(AGAIN_SECONDS)
        if self._partitions.has(item.partition) and item.id not in self._book:
            self._book.add(item)

"""
The same for several transactions: at the same time, as each takes some questions to the servers and their
answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from luahost.server.spool.nats.listing import Found

T = TypeVar("T")

AT_ONCE = 100
"""How many transactions are looked at or changed at the same time."""


async def each(keys: Sequence[str], act: Callable[[str], Awaitable[T]]) -> list[T]:
    """
    Have something done for each, whichever comes first; answers what came of it, in the order given.
    """
    done: list[T] = []
    for begin in range(0, len(keys), AT_ONCE):
        done += await asyncio.gather(*map(act, keys[begin : begin + AT_ONCE]))
    return done


async def each_in_order(
    ids: Sequence[str],
    look: Callable[[str], Awaitable[Found | None]],
    act: Callable[[Found], Awaitable[T | None]],
) -> list[T | None]:
    """
    Have something done to those that are there: to a user's one after the other, so that none is queued
    before those that it comes after; to several users' at the same time.

    Returns:
        What came of it, in the order given; None for one that is not there.
    """
    of_user: dict[str, list[Found]] = {}
    for found in await each(list(dict.fromkeys(ids)), look):
        if found is not None:
            of_user.setdefault(found.kept.user, []).append(found)

    async def acted(user: str) -> dict[str, T | None]:
        return {found.summary.id: await act(found) for found in of_user[user]}

    done = dict[str, T | None]()
    for some in await each(list(of_user), acted):
        done |= some
    return [done.get(id) for id in ids]

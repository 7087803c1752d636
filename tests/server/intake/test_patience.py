"""
Patience with clients that take too long.
"""

from __future__ import annotations

import asyncio

import pytest

from luahost.server.intake.patience import Patience


async def waiting(patience: Patience, event: asyncio.Event) -> str:
    """
    Wait for something, as long as patience lasts.
    """
    task = asyncio.current_task()
    assert task is not None
    patience.begin(task)
    try:
        await event.wait()
    except asyncio.CancelledError:
        if not patience.lost(task):
            raise
        return "lost"
    finally:
        patience.end(task)
    # What is cancelled in the end only would be so here.
    await asyncio.sleep(0)
    return "came"


def test_lost() -> None:
    """
    Who waits too long is told so and goes on; who gets something in time is not.
    """

    async def both() -> tuple[str, str]:
        patience, there = Patience(asyncio.get_running_loop(), 0.01), asyncio.Event()
        there.set()
        told = await asyncio.wait_for(
            asyncio.gather(waiting(patience, asyncio.Event()), waiting(patience, there)), 10
        )
        return told[0], told[1]

    assert asyncio.run(both()) == ("lost", "came")


def test_cancelled_by_somebody_else() -> None:
    """
    Who is cancelled for another reason is cancelled.
    """

    async def cancelled() -> None:
        patience = Patience(asyncio.get_running_loop(), 60)
        task = asyncio.ensure_future(waiting(patience, asyncio.Event()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not patience.lost(task)

    asyncio.run(cancelled())

"""
From other threads into an event loop.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from luahost.errors import SpoolError
from luahost.server.intake.bridge import Bridge


def test_results_and_errors_arrive() -> None:
    """
    Each gets its own result or error, whichever thread it is from and however many come together.
    """

    async def wait() -> list[int | BaseException]:
        bridge = Bridge(asyncio.get_running_loop())
        futures: list[Future[int]] = [Future() for _ in range(50)]
        waiting = [bridge.awaitable(future) for future in futures]
        with ThreadPoolExecutor(4) as threads:
            for number, future in enumerate(futures[:-1]):
                threads.submit(future.set_result, number)
            threads.submit(futures[-1].set_exception, SpoolError("full"))
            return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)

    *numbers, error = asyncio.run(wait())

    assert numbers == list(range(49))
    assert isinstance(error, SpoolError)


def test_who_stops_waiting() -> None:
    """
    Who stops waiting keeps nobody from hearing, and what is done goes on.
    """

    async def wait() -> int:
        bridge = Bridge(asyncio.get_running_loop())
        left, stays = Future[int](), Future[int]()
        first, second = bridge.awaitable(left), bridge.awaitable(stays)
        first.cancel()
        left.set_result(1)
        stays.set_result(2)
        with pytest.raises(asyncio.CancelledError):
            await first
        assert left.result() == 1
        return await second

    assert asyncio.run(wait()) == 2

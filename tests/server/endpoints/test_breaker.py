"""
When endpoints are left alone, and when they are asked again, with time that the tests let pass.
"""

from __future__ import annotations

import pytest

from luahost.config.retry_section import BreakerSection
from luahost.errors import HeldBackError
from luahost.server.endpoints import Breaker
from luahost.server.endpoints.breaker import (
    LONGEST_REASON,
    LONGEST_WAIT_SECONDS,
    MOST_ENDPOINTS,
    PROBE_PATIENCE_SECONDS,
)
from luahost.testing import ManualClock

ONE = "https://push.example:443"
OTHER = "https://other.example:443"


@pytest.fixture
def clock() -> ManualClock:
    """
    The time.
    """
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    """
    One that opens after three failures for half a minute.
    """
    return Breaker(BreakerSection(failures=3, open_seconds=30), clock)


def failed(breaker: Breaker, times: int, origin: str = ONE) -> None:
    """
    So many requests fail.
    """
    for _ in range(times):
        breaker.failed(origin, "refused", probe=breaker.admit(origin))


def held_seconds(breaker: Breaker, origin: str = ONE) -> float:
    """
    For how long a request is held back.
    """
    with pytest.raises(HeldBackError) as caught:
        breaker.admit(origin)
    assert caught.value.wait_seconds == pytest.approx(breaker.wait_seconds(origin))
    assert (caught.value.kind, caught.value.detail, caught.value.origin) == (
        "refused",
        "Connection refused",
        origin,
    )
    return caught.value.wait_seconds


def test_too_many_failures_in_a_row(breaker: Breaker, clock: ManualClock) -> None:
    """
    After so many an endpoint is left alone for so long, and no other one is.
    """
    failed(breaker, 3)

    clock.advance(10)
    assert held_seconds(breaker) == pytest.approx(20)
    assert breaker.admit(OTHER) is False


def test_a_success_between(breaker: Breaker) -> None:
    """
    Failures count only in a row.
    """
    failed(breaker, 2)
    breaker.succeeded(ONE)
    failed(breaker, 2)

    assert breaker.admit(ONE) is False
    assert [each.failures for each in breaker.endpoints()] == [2]


def test_one_probe(breaker: Breaker, clock: ManualClock) -> None:
    """
    When the time is over exactly one request is sent, while others wait a little; if it succeeds all are.
    """
    failed(breaker, 3)
    clock.advance(30)

    assert breaker.admit(ONE) is True
    assert held_seconds(breaker) == 5
    breaker.succeeded(ONE)

    assert [breaker.admit(ONE) for _ in range(3)] == [False] * 3
    assert breaker.endpoints() == []


def test_a_probe_that_fails(breaker: Breaker, clock: ManualClock) -> None:
    """
    The endpoint is left alone for as long again.
    """
    failed(breaker, 3)
    clock.advance(31)

    failed(breaker, 1)

    assert held_seconds(breaker) == pytest.approx(30)


def test_late_failures(breaker: Breaker, clock: ManualClock) -> None:
    """
    Requests that were under way when it opened do not prolong that, nor end a probe.
    """
    failed(breaker, 3)
    clock.advance(20)
    breaker.failed(ONE, "timeout")
    assert held_seconds(breaker) == pytest.approx(10)
    clock.advance(10)
    assert breaker.admit(ONE) is True

    breaker.failed(ONE, "timeout")

    assert held_seconds(breaker) == 5


@pytest.mark.parametrize("patience", [False, True])
def test_a_probe_of_which_nothing_is_heard(breaker: Breaker, clock: ManualClock, patience: bool) -> None:
    """
    If it was not sent after all, or its end is never told, another one is let through.
    """
    failed(breaker, 3)
    clock.advance(30)
    assert breaker.admit(ONE) is True

    if patience:
        clock.advance(PROBE_PATIENCE_SECONDS)
    else:
        breaker.released(ONE)

    assert breaker.admit(ONE) is True


def test_an_endpoint_that_says_how_long(breaker: Breaker) -> None:
    """
    That is for the request that it was said to, until it has been said too often.
    """
    for _ in range(2):
        breaker.failed(ONE, "429", wait_seconds=90)
    assert breaker.admit(ONE) is False

    breaker.failed(ONE, "429", wait_seconds=90)

    assert held_seconds(breaker) == pytest.approx(90)


@pytest.mark.parametrize(("asked", "seconds"), [(5, 30), (90, 90), (10**9, LONGEST_WAIT_SECONDS)])
def test_how_long_at_least_and_at_most(
    breaker: Breaker, clock: ManualClock, asked: float, seconds: float
) -> None:
    """
    A probe that fails has it left alone as always, or for as long as it asks for, but not for good.
    """
    failed(breaker, 3)
    clock.advance(30)

    breaker.failed(ONE, "503", probe=breaker.admit(ONE), wait_seconds=asked)

    assert held_seconds(breaker) == pytest.approx(seconds)


def test_late_words(breaker: Breaker, clock: ManualClock) -> None:
    """
    An endpoint that is down may say in a late answer that it wants more time, and not that it wants less.
    """
    failed(breaker, 3)
    breaker.failed(ONE, "503", wait_seconds=90)
    breaker.failed(ONE, "503", wait_seconds=10)
    assert held_seconds(breaker) == pytest.approx(90)
    clock.advance(90)

    breaker.failed(ONE, "503")

    assert breaker.admit(ONE) is True


def test_what_is_told(breaker: Breaker, clock: ManualClock) -> None:
    """
    Each endpoint that failed is told with its state, and with why it did the last time.
    """
    failed(breaker, 3)
    breaker.failed(OTHER, "refused")
    breaker.failed(OTHER, "500 " + "oh " * 1000)
    clock.advance(10)

    assert [each.told() for each in breaker.endpoints()] == [
        {
            "endpoint": OTHER,
            "state": "closed",
            "failures": 2,
            "wait_seconds": 0.0,
            "reason": ("500 " + "oh " * 1000)[:LONGEST_REASON],
        },
        {"endpoint": ONE, "state": "open", "failures": 3, "wait_seconds": 20.0, "reason": "refused"},
    ]
    assert breaker.open_ones() == {(ONE,): 1.0}
    clock.advance(20)
    assert breaker.endpoints()[1].state == "half_open"


def test_very_many_endpoints(breaker: Breaker) -> None:
    """
    A script that asks a new one each time does not fill the memory.
    """
    for number in range(MOST_ENDPOINTS + 10):
        failed(breaker, 1, f"http://host{number}:80")

    assert len(breaker.endpoints()) == MOST_ENDPOINTS


def test_off(clock: ManualClock) -> None:
    """
    Without a breaker everything is sent.
    """
    breaker = Breaker(None, clock)

    failed(breaker, 100)

    assert breaker.admit(ONE) is False

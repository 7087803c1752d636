"""
When a failed transaction is tried again.
"""

from __future__ import annotations

from luahost.config.retry_section import RetrySection
from luahost.server.runner import Schedule

SECTION = RetrySection(attempts=8, first_seconds=5, most_seconds=100)


def test_pauses_double() -> None:
    """
    Each pause is twice the one before it, up to the longest, and after the last attempt there is none.
    """
    schedule = Schedule(SECTION, chance=lambda: 0.0)

    assert [schedule.pause_seconds(attempt) for attempt in range(1, 9)] == [5, 10, 20, 40, 80, 100, 100, None]


def test_chance_shortens() -> None:
    """
    Chance makes a pause up to a half shorter.
    """
    assert Schedule(SECTION, chance=lambda: 1.0).pause_seconds(2) == 5
    assert 5 < (Schedule(SECTION).pause_seconds(2) or 0) <= 10


def test_what_an_endpoint_asks_for() -> None:
    """
    A pause is no shorter than the endpoint asked for, and not longer for it either.
    """
    schedule = Schedule(SECTION, chance=lambda: 0.0)

    assert schedule.pause_seconds(1, wait_seconds=600) == 600
    assert schedule.pause_seconds(6, wait_seconds=3) == 100
    assert schedule.pause_seconds(8, wait_seconds=3) is None


def test_another_policy() -> None:
    """
    A script's own policy says how long and how often; the server's last attempt is the most patient one's.
    """
    own = RetrySection(attempts=20, first_seconds=1, most_seconds=3)
    schedule = Schedule(SECTION, chance=lambda: 0.0, most_attempts=20)

    assert [schedule.pause_seconds(attempt, section=own) for attempt in (1, 2, 3, 19, 20)] == [
        1,
        2,
        3,
        3,
        None,
    ]
    assert not schedule.used_up(20)
    assert schedule.used_up(21)


def test_who_waits_for_an_endpoint() -> None:
    """
    They come back no sooner than it may be asked, and not all at once.
    """
    assert Schedule(SECTION, chance=lambda: 0.0).held_seconds(30) == 30
    assert Schedule(SECTION, chance=lambda: 1.0).held_seconds(30) == 35
    assert Schedule(SECTION, chance=lambda: 1.0).held_seconds(2) == 4


def test_no_overflow() -> None:
    """
    Many attempts are no trouble.
    """
    schedule = Schedule(RetrySection(attempts=1000), chance=lambda: 0.0)

    assert schedule.pause_seconds(999) == 300
    assert schedule.used_up(1001)
    assert not schedule.used_up(1000)

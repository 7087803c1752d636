"""
What is logged of transactions whose time was over.
"""

from __future__ import annotations

import pytest

from luahost.server.expired import MOST_TOLD, tell_expired
from luahost.server.log_fields import fields_of
from luahost.server.spool import State, Summary


def expired(number: int) -> Summary:
    """
    One that is expired.
    """
    return Summary(
        id=f"{number}-a",
        user="bob",
        state=State.EXPIRED,
        attempts=2,
        accepted=1.0,
        changed=2.0,
        due=None,
        expires=2.0,
        reason="http: 500",
        payload_bytes=1,
    )


def test_each_has_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """
    It says whose it was, how often it was tried, and why that failed last.
    """
    tell_expired([expired(1)])

    assert caplog.messages == ["1-a: expired after 2 attempts: http: 500"]
    assert fields_of(caplog.records[0]) == {
        "transaction": "1-a",
        "user": "bob",
        "attempt": 2,
        "state": "expired",
        "reason": "http: 500",
    }


def test_very_many(caplog: pytest.LogCaptureFixture) -> None:
    """
    They do not fill the log when a server comes back after hours.
    """
    tell_expired([expired(number) for number in range(MOST_TOLD + 5)])

    assert len(caplog.messages) == MOST_TOLD + 1
    assert caplog.messages[-1] == "5 other transactions are expired, too"

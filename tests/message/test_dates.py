"""
The Date header.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.message.dates import parse_date, written_date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_SECOND_OF_1969 = -1


@given(st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31)), st.integers(-14 * 60, 14 * 60))
def test_every_date_of_the_calendar_is_read(clock: datetime, tz: int) -> None:
    """
    From 1900 to 9999 the seconds are those that Python counts, whatever the offset.
    """
    hours, minutes = divmod(abs(tz), 60)
    offset = f"{'-' if tz < 0 else '+'}{hours:02}{minutes:02}"
    text = f"{clock.day} {MONTHS[clock.month - 1]} {clock.year} {clock:%H:%M:%S} {offset}"
    local = (clock.replace(tzinfo=UTC) - EPOCH) // timedelta(seconds=1)

    moment = parse_date(text.encode())

    assert moment == (None if local == LAST_SECOND_OF_1969 else (local - tz * 60, tz))


@pytest.mark.parametrize(
    ("value", "seconds", "tz"),
    [
        (b"Wed, 19 Jun 2019 12:42:00 +0300", 1560937320, 180),
        (b"19 Jun 19 12:42 EST", 1560966120, -300),
        (b"19 June 2019 12.42.00 (somewhere)", 1560948120, 0),
        (b"Xyz,19 (c) Jun 2019 12:42:00 CEST", 1560948120, 0),
        (b"31 Dec 2016 23:59:60 +0000", 1483228799, 0),
        (b"19 Jun 2019 12:42:00 B", 1560940920, 120),
        (b"19 Jun 2019 12:42:00 +9999", 1560585780, 6039),
    ],
)
def test_a_date_may_be_written_in_several_ways(value: bytes, seconds: int, tz: int) -> None:
    """
    What Dovecot reads, with the values that it reads.
    """
    assert parse_date(value) == (seconds, tz)


@pytest.mark.parametrize(
    "value",
    [
        b"", b"tomorrow", b"2019-06-19T12:42:00Z", b"Wed 19 Jun 2019 12:42:00 +0300",
        b"Wednesday, 19 Jun 2019 12:42:00 +0300", b"31 Jun 2019 12:42:00 +0300",
        b"29 Feb 2019 12:42:00 +0300", b"19 Jun 1899 12:42:00 +0300", b"19 Jun 2019 24:00:00 +0300",
        b"19 Jun 2019 12:42:61 +0300",
        b"19 Jun 2019 12:4 +0300", b"19 Jun 2019 12:42:00+0300", b"19 Jun 2019 12:42:00 +0300 (",
    ],
)  # fmt: skip
def test_what_dovecot_cannot_read_is_no_date(value: bytes) -> None:
    """
    Days that do not exist and forms of other programs are no dates.
    """
    assert parse_date(value) is None


@given(st.integers(min_value=0, max_value=2**33))
@settings(max_examples=30)
def test_written_dates(seconds: int) -> None:
    """
    A date is written as Python's own library writes it, for mail and for HTTP.
    """
    assert written_date(seconds) == formatdate(seconds)
    assert written_date(seconds, "GMT") == formatdate(seconds, usegmt=True)

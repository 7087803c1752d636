"""
The Date header: seconds since 1970 and the offset from UTC.

Dovecot's parser (2.3.19.1 and 2.4.1 alike) is strict where RFC 5322 is, and stricter than most mail
programs: no weekday without its comma, two digits for minutes and seconds, no day 31 in June. It is
lenient with zones: what it cannot read is UTC.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from luahost import patterns
from luahost.message.lexer import Lexer, Malformed

_MONTHS = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ZONES = {
    b"EST": -5, b"EDT": -4, b"CST": -6, b"CDT": -5,
    b"MST": -7, b"MDT": -6, b"PST": -8, b"PDT": -7,
}  # fmt: skip
"""Hours east of UTC of RFC 5322's zone names. Case counts; every other name is UTC."""

_OFFSET = patterns.compile(rb"([+-])(\d\d)(\d\d)")


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def written_date(seconds: float, zone: str = "-0000") -> str:
    """
    A moment in UTC as RFC 5322 writes it, or HTTP with the zone ``GMT`` (RFC 9110, section 5.6.7). As by
    ``email.utils.formatdate``, which takes longer to import than all of a script's start.
    """
    at = time.gmtime(seconds)
    day = f"{_DAYS[at.tm_wday]}, {at.tm_mday:02d} {_MONTHS[at.tm_mon - 1].decode().title()} {at.tm_year:04d}"
    return f"{day} {at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d} {zone}"


class Moment(NamedTuple):
    """
    A point in time and where its sender's clock stood.

    Attributes:
        seconds: Since 1970 in UTC; negative before, and without upper limit.

        tz: Minutes east of UTC.
    """

    seconds: int = 0
    tz: int = 0


def parse_date(value: bytes) -> Moment | None:
    """
    The moment that a Date header names; None if Dovecot could not read it.
    """
    try:
        return _parse(Lexer(value))
    except Malformed:
        return None


def _parse(lexer: Lexer) -> Moment:
    lexer.skip_blanks()
    word = lexer.atom()
    if len(word) == 3:
        _expect(lexer, b",")
        word = lexer.atom()
    day = _digits(word, 1, 2)
    month = lexer.atom()[:3].lower()
    if month not in _MONTHS:
        raise Malformed
    year = _year(lexer.atom())
    hour = _digits(lexer.atom(), 1, 2)
    _expect(lexer, b":.")
    minute = _digits(lexer.atom(), 2, 2)
    second = 0
    if lexer.next and lexer.next in b":.":
        _expect(lexer, b":.")
        second = _digits(lexer.atom(), 2, 2)
    tz = _zone(lexer.atom()) if lexer.next else 0
    seconds = _utc_seconds(year, _MONTHS.index(month), day, hour, minute, second)
    return Moment(seconds - tz * 60, tz)


def _expect(lexer: Lexer, marks: bytes) -> None:
    if not lexer.next or lexer.next not in marks:
        raise Malformed
    lexer.at += 1
    lexer.skip_blanks()


def _digits(word: bytes, least: int, most: int) -> int:
    if not (least <= len(word) <= most and word.isdigit()):
        raise Malformed
    return int(word)


def _year(word: bytes) -> int:
    if len(word) == 2:
        year = _digits(word, 2, 2)
        return year + (2000 if year < 70 else 1900)
    year = _digits(word, 4, 4)
    if year < 1900:
        raise Malformed
    return year


def _utc_seconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """
    Seconds since 1970; month 0 is January. A leap second is the second before it.

    The last second of 1969 cannot be said: it is -1, which C's ``mktime`` returns for an error.
    """
    is_leap_year = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _DAYS_IN_MONTH[month] + (is_leap_year and month == 1):
        raise Malformed
    if hour > 23 or minute > 59 or second > 60:
        raise Malformed
    leap_days = (year - 1) // 4 - (year - 1) // 100 + (year - 1) // 400 - 477
    days = (
        (year - 1970) * 365 + leap_days + _DAYS_BEFORE_MONTH[month] + (is_leap_year and month > 1) + day - 1
    )
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + min(second, 59)
    if seconds == -1:
        raise Malformed
    return seconds


def _zone(word: bytes) -> int:
    offset = _OFFSET.fullmatch(word)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return minutes if offset[1] == b"+" else -minutes
    if len(word) == 1:
        return _military_zone(word[0])
    return _ZONES.get(word, 0) * 60


def _military_zone(letter: int) -> int:
    """
    RFC 822's zones of one letter: A to M east, N to Y west, Z UTC and no J.

    Dovecot counts on with any other character, from ``A`` east and from ``M`` west, so that ``a`` is
    33 hours east and a lone ``-`` 19 hours west.
    """
    capital = letter - 32 if ord("a") <= letter <= ord("z") else letter
    if capital < ord("J") or capital > 127:
        return (letter - ord("A") + 1) * 60
    if ord("K") <= capital <= ord("M"):
        return (letter - ord("A")) * 60
    if ord("N") <= capital <= ord("Y"):
        return (ord("M") - letter) * 60
    return 0

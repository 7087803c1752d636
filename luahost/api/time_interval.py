"""
Times as Dovecot's settings write them: a number with a unit, ``60s``, ``5 mins``, ``300ms``.

A unit may be shortened to any beginning; ``m`` and ``mi`` are minutes, and milliseconds begin with ``mil`` or
``ms``. (Asked of Dovecot 2.3.19.1.)
"""

from __future__ import annotations

import re

from luahost.events import UINT32_MAX

MILLISECONDS = {
    "seconds": 1000,
    "secs": 1000,
    "minutes": 60_000,
    "mins": 60_000,
    "hours": 3_600_000,
    "days": 86_400_000,
    "weeks": 604_800_000,
    "milliseconds": 1,
    "millisecs": 1,
    "mseconds": 1,
    "msecs": 1,
}
"""The units; the first that begins with what is written counts."""

_UINT64_MAX = 2**64 - 1


def milliseconds(text: str) -> int:
    """
    A time in milliseconds.

    Raises:
        ValueError: It is none; the words are Dovecot's.
    """
    match = re.fullmatch("([0-9]+) *([A-Za-z]*)", text, re.ASCII)
    if not match or int(match[1]) > _UINT64_MAX:
        raise ValueError(f"Invalid time interval: {text}")
    number, unit = int(match[1]), match[2].lower()
    if not unit:
        if number == 0:
            return 0
        raise ValueError(f"Time interval '{text}' is missing units (add e.g. 's' for seconds)")
    for name, factor in MILLISECONDS.items():
        if name.startswith(unit):
            return number * factor
    raise ValueError(f"Invalid time interval: {text}")


def seconds(text: str) -> int:
    """
    A time in whole seconds, for settings that have no finer ones.

    Raises:
        ValueError: It is none, too long, or no whole seconds; the words are Dovecot's.
    """
    found = milliseconds(text)
    if found % 1000:
        raise ValueError(f"Milliseconds not supported for this setting: {text}")
    if found // 1000 > UINT32_MAX:
        raise ValueError(f"Time interval is too large: {text}")
    return found // 1000

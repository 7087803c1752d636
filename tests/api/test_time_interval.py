"""
Times in Dovecot's settings. The cases were asked of Dovecot 2.3.19.1.
"""

from __future__ import annotations

import re

import pytest

from luahost.api import time_interval


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("00", 0),
        ("0ms", 0),
        ("05s", 5),
        ("5S", 5),
        ("5sec", 5),
        ("5second", 5),
        ("5 secs", 5),
        ("5m", 300),
        ("5mi", 300),
        ("5Min", 300),
        ("5h", 18000),
        ("1day", 86400),
        ("2weeks", 1209600),
        ("1000ms", 1),
        ("4294967295s", 4294967295),
    ],
)
def test_whole_seconds(text: str, seconds: int) -> None:
    """
    A number and any beginning of a unit, in any case.
    """
    assert time_interval.seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Invalid time interval: "),
        ("m", "Invalid time interval: m"),
        ("-1", "Invalid time interval: -1"),
        ("+5s", "Invalid time interval: +5s"),
        ("5x", "Invalid time interval: 5x"),
        ("5secondss", "Invalid time interval: 5secondss"),
        ("1.5s", "Invalid time interval: 1.5s"),
        ("1s1", "Invalid time interval: 1s1"),
        ("99999999999999999999", "Invalid time interval: 99999999999999999999"),
        ("5", "Time interval '5' is missing units (add e.g. 's' for seconds)"),
        ("5ms", "Milliseconds not supported for this setting: 5ms"),
        ("5milli", "Milliseconds not supported for this setting: 5milli"),
        ("1500ms", "Milliseconds not supported for this setting: 1500ms"),
        ("4294967296s", "Time interval is too large: 4294967296s"),
    ],
)
def test_refused(text: str, words: str) -> None:
    """
    What is no time of whole seconds is refused in Dovecot's words.
    """
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        time_interval.seconds(text)


@pytest.mark.parametrize(("text", "milliseconds"), [("300ms", 300), ("2msecs", 2), ("1 h", 3600000)])
def test_milliseconds(text: str, milliseconds: int) -> None:
    """
    Settings with finer times take milliseconds.
    """
    assert time_interval.milliseconds(text) == milliseconds

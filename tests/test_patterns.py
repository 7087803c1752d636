"""
Regular expressions that are compiled late.
"""

from __future__ import annotations

import re

import pytest

from luahost import patterns


def test_like_any_other() -> None:
    """
    It has what a compiled one has, of text and of bytes, with its flags.
    """
    word = patterns.compile("[a-z]+", re.IGNORECASE)

    assert word.fullmatch("Inbox")
    assert word.sub("-", "INBOX.Trash") == "-.-"
    assert word.flags & re.IGNORECASE
    assert patterns.compile(rb"\d").findall(b"a1b2") == [b"1", b"2"]


def test_wrong() -> None:
    """
    One that is none fails when somebody uses it.
    """
    wrong = patterns.compile("(")

    with pytest.raises(re.error):
        wrong.match("")

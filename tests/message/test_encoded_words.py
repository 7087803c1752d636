"""
Encoded words in headers.
"""

from __future__ import annotations

import pytest

from luahost.message.encoded_words import decode_header


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?p=C3=A4iv=C3=A4?=", "päivä"),
        (b"=?UTF-8?B?w6Q=?= and =?iso-8859-1*de?Q?a_b?=", "ä and a b"),
        (b"=?utf-8?q?a?= \n =?utf-8?q?b?=", "ab"),
        (b"\n =?utf-8?q?a?= \n b", "a \n b"),
        (b"x=?utf-8?q?a b?=y", "xa by"),
        (b"=?utf-8?x?a?= =?utf-8?q?unfinished", "=?utf-8?x?a?= =?utf-8?q?unfinished"),
        (b"=?utf-8?q?a=4?=", "a=4"),
        (b"=?utf-8?b?YWJj*ZGVm?=", "abc"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "\ufffd"),
        (b"=?nobody-knows?q?=E4=C3=A4?=", "\ufffdä"),
        (b"=?rot13?q?nop?=", "nop"),
        (b"=?utf-8?q?a=0Ab=00c?=", "a\nb"),
        (b"a\xff\xfeb", "a\ufffdb"),
    ],
)
def test_a_header_is_decoded(value: bytes, text: str) -> None:
    """
    Good words are decoded, bad ones stay as they stand, broken characters are one U+FFFD a run.
    """
    assert decode_header(value) == text

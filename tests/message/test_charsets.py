"""
Charsets by the names that glibc knows.
"""

from __future__ import annotations

import codecs

import pytest

from luahost.message.charset_names import _NAMES, codec_for
from luahost.message.charsets import decode_body


@pytest.mark.parametrize("codec", _NAMES)
def test_every_name_has_a_codec_that_decodes_bytes(codec: str) -> None:
    """
    Each codec of the table exists, makes text of bytes, and is found by all of its names.
    """
    assert isinstance(codecs.decode(b"", codec), str)
    assert {codec_for(name.upper()) for name in _NAMES[codec].split()} == {codec}


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("ISO_8859-1", "iso8859_1"),
        (" 'iso-8859-1' ", "iso8859_1"),
        ("iso-8859-1//TRANSLIT", "iso8859_1"),
        ("latin-1", None),
        ("x-mac-roman", None),
        ("hex", None),
        ("undefined", None),
    ],
)
def test_names_are_those_of_glibc(charset: str, codec: str | None) -> None:
    """
    Python's own names and codecs do not count, and stray characters do not matter.
    """
    assert codec_for(charset) == codec


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"\xe4", "iso-8859-1", "ä"),
        (b"\x80\x81", "windows-1252", "€\ufffd"),
        (b"a\x00", "utf-16", "a"),
        (b"\xfe\xff\x00a", "utf-16", "a"),
        (b"a\xff\xfeb\xc3\xa4", "utf-8", "a\ufffdbä"),
        (b"a\xc3\xa4", "unknown", "aä"),
        (b"ab\xe4", "utf-8", "ab"),
        (b"\xf0ab", "utf-8", ""),
        (b"\xf0abc", "utf-8", "\ufffdabc"),
        (b"\xa4\xff\xa4\xa2\xa4", "euc-jp", "\ufffdあ"),
        (b"\xf9\xec\xe5\xed", "windows-1255", "שלו"),
    ],
)
def test_bytes_become_text(data: bytes, charset: str, text: str) -> None:
    """
    Broken bytes are one U+FFFD a run, and what the end cuts off is lost.
    """
    assert "".join(decode_body(data, charset)) == text


@pytest.mark.parametrize("length", [65535, 65536, 65537])
def test_the_seams_do_not_show(length: int) -> None:
    """
    A character or a run of broken bytes that crosses the end of a piece comes out whole.
    """
    assert "".join(decode_body(b"x" * length + "ä".encode(), "utf-8")) == "x" * length + "ä"
    assert "".join(decode_body(b"x" * length + b"\xff\xff\xff.", "utf-8")) == "x" * length + "\ufffd."

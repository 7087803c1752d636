"""
The Content-Type header.
"""

from __future__ import annotations

import pytest

from luahost.message.content_type import parse_content_type


@pytest.mark.parametrize(
    ("value", "type_", "subtype", "parameters"),
    [
        (b"text/plain", "text", "plain", {}),
        (b"(a) TEXT / Html ; Charset = (b) UTF-8", "text", "html", {"charset": b"UTF-8"}),
        (b'text/plain; a="x;y\\""; b=2', "text", "plain", {"a": b'x;y"', "b": b"2"}),
        (b"text/plain; a=1; A=2", "text", "plain", {"a": b"1"}),
        (b"text/plain; a*1=y; a*0=x", "text", "plain", {"a": b"xy"}),
        (b"text/plain; a*0=x; a*2=y", "text", "plain", {}),
        (b"text/plain; a b=1; c=2", "text", "plain", {"c": b"2"}),
        (b"text/plain;; c=2", "text", "plain", {}),
        (b'text/plain; a="unfinished; c=2', "text", "plain", {}),
        (b"text", "text", "", {}),
        (b"text/plain charset=utf-8", "", "", {}),
        (b"text;charset=utf-8", "", "", {}),
        (b"", "", "", {}),
    ],
)
def test_a_content_type_is_read_as_far_as_dovecot_reads_it(
    value: bytes, type_: str, subtype: str, parameters: dict[str, bytes]
) -> None:
    """
    Type and parameters, or nothing at all if the type itself is broken.
    """
    assert parse_content_type(value) == (type_, subtype, parameters)

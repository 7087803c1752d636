"""
Content-Transfer-Encoding.
"""

from __future__ import annotations

import pytest

from luahost.message.transfer import decode_transfer


@pytest.mark.parametrize(
    ("body", "encoding", "decoded"),
    [
        (b"=41", None, b"=41"),
        (b"=41", b"8BIT", b"=41"),
        (b"YWJj\nZGVm", b"BASE64 (as they say)", b"abcdef"),
        (b"YWJjZA", b"base64", b"abcd"),
        (b"YWJj!ZGVm", b"base64", b"abc"),
        (b"YQ==\n-- \nlist footer", b"base64", b"a"),
        (b"a=C3=a4=3d= \nb", b"quoted-printable", b"a\xc3\xa4=b"),
        (b"a=4g == =", b"quoted-printable", b"a=4g == "),
        (b"a\nb", b"quoted-printable", b"a\r\nb"),
        (b"a", b"x-uuencode", b""),
        (b"a", b"", b""),
        (b"a", b"base64 or so", b""),
    ],
)
def test_a_body_is_decoded(body: bytes, encoding: bytes | None, decoded: bytes) -> None:
    """
    As far as it makes sense, and not at all in an encoding that Dovecot does not know.
    """
    assert decode_transfer(body, encoding) == decoded

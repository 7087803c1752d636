"""
Content-Transfer-Encoding: what stands in a message → the bytes that are meant.

Neither decoder fails. Base64 ends at the first character that does not belong to it, which also
takes care of the footers that mailing lists put below; ``=`` in quoted-printable stands for itself
where no two hex digits follow.
"""

from __future__ import annotations

import binascii
import re

from luahost import patterns
from luahost.message.lexer import Lexer, Malformed

_BASE64 = patterns.compile(rb"[A-Za-z0-9+/ \t\r\n]*")
_WHITE = b" \t\r\n"
_ESCAPE = patterns.compile(rb"=([0-9A-Fa-f]{2})")
_ESCAPE_OR_SOFT_BREAK = patterns.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*(?:\r?\n|\Z))")


def decode_transfer(body: bytes, encoding: bytes | None) -> bytes:
    """
    The bytes of a body, none where Dovecot does not know the encoding.

    Args:
        body: As it stands in the message.

        encoding: Value of Content-Transfer-Encoding, None without the header.
    """
    if encoding is None:
        return body
    lexer = Lexer(encoding)
    try:
        lexer.skip_blanks()
        name = lexer.token().lower()
    except Malformed:
        name = b""
    if lexer.next not in (b"", b";"):
        name = b""
    match name:
        case b"7bit" | b"8bit" | b"binary":
            return body
        case b"base64":
            return decode_base64(body)
        case b"quoted-printable":
            # Canonical line ends come out: a broken character before one is seen to be broken.
            return _ESCAPE_OR_SOFT_BREAK.sub(_unescape, body.rstrip(b" \t").replace(b"\n", b"\r\n"))
    return b""


def decode_base64(text: bytes) -> bytes:
    """
    Base64 up to the first character that is none of it; bits too few for a byte are lost.
    """
    found = _BASE64.match(text)
    digits = found[0].translate(None, _WHITE) if found else b""
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"==="[: -len(digits) % 4])


def decode_q(text: bytes) -> bytes:
    """
    The Q encoding of RFC 2047: ``_`` is a space, ``=C3`` a byte, other text stays.
    """
    return _ESCAPE.sub(_unescape, text.replace(b"_", b" "))


def _unescape(escape: re.Match[bytes]) -> bytes:
    return bytes((int(escape[1], 16),)) if escape[1] else b""

"""
The low-level filters of LuaSocket's ``mime``: one step of an encoding, with its state.

A low-level filter takes what it kept from the step before and the next chunk, and gives its output
and what it keeps now; without a chunk it ends, and gives None where nothing is left to say. The
high-level filters are made of these in ``luahost/lua/require/mime.lua``.

Sources: RFC 2045 sections 6.7 and 6.8, RFC 5321 section 4.5.2; where these leave a choice, and for
input that they do not allow, LuaSocket 3.1's own results.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from luahost import patterns

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

Step = tuple[bytes | None, bytes | None]
Counted = tuple[bytes | None, float]
"""With a number that is kept, which LuaSocket gives as a float."""

CRLF = b"\r\n"
SOFT_BREAK = b"=\r\n"

_NOT_BASE64 = patterns.compile(rb"[^A-Za-z0-9+/=]")
_QP_TOKEN = patterns.compile(rb"\r\n|[ \t]\r\n|[ \t](?=..)|[^ \t\r]|\r(?=.)", re.DOTALL)
_QP_PLAIN = frozenset(bytes(range(33, 127))) - frozenset(b"=")
_UNQP_TOKEN = patterns.compile(rb"=\r\n|=..|\r.|[^=\r]", re.DOTALL)
_HEX = patterns.compile(rb"=[0-9A-Fa-f]{2}")
_SHOWN = frozenset(b"\t") | frozenset(range(32, 127))


def functions() -> dict[str, Callable[..., Any]]:
    """
    The host half of ``luahost/lua/require/mime.lua``.
    """
    return {
        "b64": b64,
        "unb64": unb64,
        "qp": qp,
        "unqp": unqp,
        "wrp": wrp,
        "qpwrp": qpwrp,
        "eol": eol,
        "dot": dot,
    }


def b64(kept: bytes, chunk: bytes | None) -> Step:
    """
    Base64, three bytes at a time, padded at the end.
    """
    if chunk is None:
        return binascii.b2a_base64(kept, newline=False) or None, None
    text = kept + chunk
    whole = len(text) // 3 * 3
    return binascii.b2a_base64(text[:whole], newline=False), text[whole:]


def unb64(kept: bytes, chunk: bytes | None) -> Step:
    """
    Base64 decoded, four characters at a time. Others are skipped, and so is an incomplete end.
    """
    text = _NOT_BASE64.sub(b"", kept + (chunk or b""))
    whole = len(text) // 4 * 4
    output = b"".join(_unb64_quad(text[at : at + 4]) for at in range(0, whole, 4))
    if chunk is None:
        return output or None, None
    return output, text[whole:]


def _unb64_quad(quad: bytes) -> bytes:
    # A "=" that is out of place counts as zero bits; in the last two places it also shortens.
    length = 1 if quad[2:3] == b"=" else 2 if quad[3:4] == b"=" else 3
    return binascii.a2b_base64(quad.replace(b"=", b"A"))[:length]


def qp(kept: bytes, chunk: bytes | None, line_end: bytes) -> Step:
    """
    Quoted-printable without soft line breaks; ``line_end`` stands for CRLF.

    Space is kept back until it is clear that no line ends behind it.
    """
    text = kept + (chunk or b"")
    output = bytearray()
    at = 0
    while token := _QP_TOKEN.match(text, at):
        found = token[0]
        at = token.end()
        line_ends = found.endswith(CRLF)
        for byte in found.removesuffix(CRLF):
            output += _quoted(byte) if line_ends or byte not in b" \t" else bytes((byte,))
        if line_ends:
            output += line_end
    rest = text[at:]
    if chunk is not None:
        return bytes(output), rest
    if rest:
        output += b"".join(map(_quoted, rest)) + SOFT_BREAK
    return bytes(output) or None, None


def _quoted(byte: int) -> bytes:
    return bytes((byte,)) if byte in _QP_PLAIN else b"=%02X" % byte


def unqp(kept: bytes, chunk: bytes | None) -> Step:
    """
    Quoted-printable decoded. Control characters are dropped, a lone CR with what follows it.
    """
    text = kept + (chunk or b"")
    output = bytearray()
    at = 0
    while token := _UNQP_TOKEN.match(text, at):
        at = token.end()
        output += _unquoted(token[0])
    if chunk is None:
        return bytes(output) or None, None
    return bytes(output), text[at:]


def _unquoted(token: bytes) -> bytes:
    if token == SOFT_BREAK:
        return b""
    if token.startswith(b"="):
        return bytes((int(token[1:], 16),)) if _HEX.fullmatch(token) else token
    if token.startswith(b"\r"):
        return token if token == CRLF else b""
    return token if token[0] in _SHOWN else b""


def wrp(left: float, chunk: bytes | None, length: float) -> Counted:
    """
    Lines of at most ``length``, of which ``left`` characters are still free on this one.
    """
    return _wrapped(_int(left), chunk, _int(length), CRLF, lambda byte: 0)


def qpwrp(left: float, chunk: bytes | None, length: float) -> Counted:
    """
    The same for quoted-printable: with soft line breaks, and never inside of an escape.
    """
    return _wrapped(_int(left), chunk, _int(length), SOFT_BREAK, lambda byte: 3 if byte == ord("=") else 1)


def _int(number: float) -> int:
    """
    A number as C's int: without its fraction, and the smallest int if it has no room there.
    """
    return int(number) if -(2**31) - 1 < number < 2**31 else -(2**31)


def _cut(number: int) -> int:
    """
    What C's int keeps of an integer.
    """
    return (number + 2**31) % 2**32 - 2**31


def _wrapped(
    left: int, chunk: bytes | None, length: int, line_end: bytes, needs: Callable[[int], int]
) -> Counted:
    """
    ``needs`` says how few free characters are too few for a byte.
    """
    if chunk is None:
        return (line_end if left < length else None), float(length)
    output = bytearray()
    for byte in chunk:
        if byte == ord("\n"):
            output += CRLF
            left = length
        elif byte != ord("\r"):
            if left <= needs(byte):
                output += line_end
                left = length
            output.append(byte)
            left = _cut(left - 1)
    return bytes(output), float(left)


def eol(last: int, chunk: bytes | None, line_end: bytes) -> Counted:
    """
    Line ends made alike. ``last`` is the CR or LF that may be half of a pair, another number for none.
    """
    if chunk is None:
        return None, 0.0
    output = bytearray()
    last = _cut(last)
    ends = tuple(CRLF)
    for byte in chunk:
        if byte not in ends:
            output.append(byte)
            last = 0
        elif last not in ends:
            output += line_end
            last = byte
        else:
            if byte == last:
                output += line_end
            last = 0
    return bytes(output), float(last)


def dot(state: float, chunk: bytes | None) -> Counted:
    """
    Dots doubled at the beginning of lines, for SMTP. ``state`` counts the characters of CRLF that
    have just gone by.
    """
    if chunk is None:
        return None, 2.0
    output = bytearray()
    state = int(state)
    for byte in chunk:
        if byte == ord(".") and state == 2:
            output += b"."
        output.append(byte)
        state = 1 if byte == ord("\r") else 2 if byte == ord("\n") and state == 1 else 0
    return bytes(output), float(state)

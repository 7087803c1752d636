"""
Bytes in a declared charset → text, with what cannot be decoded as one U+FFFD for each run.

Dovecot leaves the work to iconv, so a charset exists if glibc knows its name: ``ansi_x3.4-1968`` does
and ``latin-1`` does not. ``charset_names`` says which of Python's codecs is meant; asking Python by
name would run ``rot13`` and ``hex`` too.

While text is in the making, what is broken stands in it as surrogates. ``mend`` ends that, once for
the whole text, since runs of broken bytes may cross a seam.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from luahost import patterns
from luahost.message.charset_names import codec_for

_PIECE = 1 << 16

_BROKEN = patterns.compile("\ufffd?[\ud800-\udfff]+")
_SURROGATE = patterns.compile("[\ud800-\udfff]")
_PROMISED = patterns.compile(
    rb"(?:[\x00-\xc1\xfe\xff]++|[\xc2-\xdf].|[\xe0-\xef]..|[\xf0-\xf7]...|[\xf8-\xfb].{4}|[\xfc\xfd].{5})*+",
    re.DOTALL,
)
"""Characters by what their first byte promises, in the UTF-8 of RFC 2279 with its six bytes."""

_WAITING = {
    "cp1255": patterns.compile(rb"[\xd4-\xd6\xe0-\xfa]"),
    "cp1258": patterns.compile(
        rb"[A-\x7f\x83\x8c\x9c\x9f-\xcb\xcd-\xd1\xd3-\xdd\xdf-\xeb\xed-\xf1\xf3-\xfd\xff]"
    ),
}
"""
Letters that iconv holds back for a mark that may follow. Dovecot never asks for the last one, so that a
Hebrew subject in windows-1255 is short of its last letter.
"""

_AS_UTF8 = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))
_BYTE_ORDER_MARKS = {
    "utf_16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf_32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}

_C1 = {byte: chr(byte) for byte in range(0x80, 0xA0)}

_KEPT = {
    "big5hkscs": {0x80: "\x80"},
    "cp950": {0x80: "\x80"},
    "euc_jp": {byte: _C1[byte] for byte in _C1.keys() - {0x8E, 0x8F}},
    "euc_kr": _C1,
    "gbk": {0x80: "€"},
    "iso2022_jp": {byte: chr(byte) for byte in range(0x21)},
}
"""
Bytes that are characters for iconv, but none for Python: in a Korean subject that Windows wrote, the first
halves of what EUC-KR lacks, and the escapes of half-width katakana in ISO-2022-JP.
"""

_OTHERWISE: dict[str, dict[int, str]] = {
    "shift_jis": {0x5C: "¥", 0x7E: "‾"},
    "tis_620": dict.fromkeys(_C1, "\udcff"),
}
"""What iconv makes of bytes for which Python has other characters."""


def _give_up_a_byte(error: UnicodeError) -> tuple[str, int]:
    """
    A codecs error handler: go on at the next byte, as one does after iconv's EILSEQ.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    kept = _KEPT.get(error.encoding, {})
    return kept.get(error.object[error.start], "\udcff"), error.start + 1


codecs.register_error("luahost.give_up_a_byte", _give_up_a_byte)


def mend(text: str) -> str:
    """
    The text with one U+FFFD for each run of broken bytes.
    """
    return text if text.isascii() else _BROKEN.sub("\ufffd", text)


def decode_word(data: bytes, charset: str) -> str:
    """
    A piece of a header, still to be mended.
    """
    codec = _codec(data, charset)
    if codec is None:
        return data.decode("utf-8", "surrogateescape")
    return "".join(_decode(data, codec))


def decode_body(data: bytes, charset: str) -> Iterator[str]:
    """
    The text of a body in pieces, mended.

    A character that the end of the body cuts off is lost without a trace.
    """
    codec = _codec(data, charset)
    if codec is None:
        # Dovecot counts before it looks: where F0 promises four bytes and two ASCII letters end the body,
        # those letters are lost too.
        promised = _PROMISED.match(data)
        data = promised[0] if promised else b""
    held = ""
    for piece in _decode(data, codec):
        text = held + piece
        whole = text.rstrip("\udcff")
        # The rest of a broken run may follow in the next piece.
        held = text[len(whole) :][:1]
        yield mend(whole)
    yield mend(held)


def _codec(data: bytes, charset: str) -> str | None:
    """
    Python's codec, None where Dovecot takes the bytes for UTF-8 without asking iconv.
    """
    codec = None if charset.lower() in _AS_UTF8 else codec_for(charset)
    if codec in _BYTE_ORDER_MARKS and not data.startswith(_BYTE_ORDER_MARKS[codec]):
        return codec + "_le"
    return codec


def _decode(data: bytes, codec: str | None) -> Iterator[str]:
    """
    The text with surrogates for what is broken. What iconv would still wait for at the end is left out.
    """
    if codec in _WAITING and _WAITING[codec].match(data[-1:]):
        data = data[:-1]
    decoder = codecs.getincrementaldecoder(codec or "utf_8")("luahost.give_up_a_byte")
    for start in range(0, len(data), _PIECE):
        is_last = codec is None and start + _PIECE >= len(data)
        text = decoder.decode(data[start : start + _PIECE], is_last)
        if codec in _OTHERWISE:
            text = text.translate(_OTHERWISE[codec])
        elif codec == "cp1258":
            # Imported late: for Vietnamese alone, where a letter and its tone become one character.
            import unicodedata

            text = unicodedata.normalize("NFC", text)
        yield text if text.isascii() else _SURROGATE.sub("\udcff", text)

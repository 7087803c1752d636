"""
The Content-Type header: type, subtype and the two parameters that matter, charset and boundary.

A header that Dovecot cannot read is not the same as none, which means plain text: a part whose type is
cut off at ``text`` is still taken for the text of the message, and then its text is not shown.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from luahost.message.lexer import Lexer, Malformed

_SECTION = re.compile(r"([^*]+)\*([0-9]{1,6})")


class ContentType(NamedTuple):
    """
    A content type. Everything but the values of parameters is in lower case.

    Attributes:
        type: Such as ``multipart``, as far as it can be read.

        subtype: Such as ``mixed``, as far as it can be read.

        is_whole: Whether all of it could be read. Of a part where it could not nothing is shown.

        parameters: Parameters by name; of two with one name the first.
    """

    type: str
    subtype: str
    is_whole: bool
    parameters: dict[str, bytes]


def parse_content_type(value: bytes) -> ContentType:
    """
    Read a Content-Type header. It does not fail: what cannot be read is left out.
    """
    lexer = Lexer(value)
    main = sub = b""
    try:
        lexer.skip_blanks()
        main = lexer.token()
        if lexer.next != b"/":
            raise Malformed
        lexer.at += 1
        lexer.skip_blanks()
        sub = lexer.token()
        if lexer.next not in (b"", b";"):
            raise Malformed
        parameters, is_whole = _parameters(lexer), True
    except Malformed:
        parameters, is_whole = {}, False
    return ContentType(main.decode("latin-1").lower(), sub.decode("latin-1").lower(), is_whole, parameters)


def _parameters(lexer: Lexer) -> dict[str, bytes]:
    plain: dict[str, bytes] = {}
    sections: dict[str, dict[int, bytes]] = {}
    while lexer.next:
        try:
            name, value = _parameter(lexer)
        except Malformed:
            # Go on behind the next semicolon after this character.
            found = lexer.value.find(b";", lexer.at + 1)
            lexer.at = found if found >= 0 else len(lexer.value)
            continue
        section = _SECTION.fullmatch(name)
        if section:
            sections.setdefault(section[1], {}).setdefault(int(section[2]), value)
        else:
            plain.setdefault(name, value)
    for name, values in sections.items():
        # RFC 2231 cuts long values: boundary*0=…; boundary*1=…
        if sorted(values) == list(range(len(values))):
            plain.setdefault(name, b"".join(values[number] for number in range(len(values))))
    return plain


def _parameter(lexer: Lexer) -> tuple[str, bytes]:
    if lexer.next != b";":
        raise Malformed
    lexer.at += 1
    lexer.skip_blanks()
    name = lexer.token()
    if lexer.next != b"=":
        raise Malformed
    lexer.at += 1
    lexer.skip_blanks()
    value = bytearray()
    if lexer.next == b'"':
        lexer.quoted(value)
    else:
        value += lexer.token_or_nothing()
    return name.decode("latin-1").lower(), bytes(value)

"""
The Content-Type header: type, subtype and the two parameters that matter, charset and boundary.

A header that Dovecot cannot read is not the same as none, which means plain text: nothing of such a part
is shown. Of all that is broken only a lone ``text`` still counts as the text of a message.
"""

from __future__ import annotations

from typing import NamedTuple

from luahost import patterns
from luahost.message.lexer import Lexer, Malformed

_BEGUN_BY_EQUALS = patterns.compile(rb"=[^; \t\r\n\0]*")
_SECTION = patterns.compile(r"([^*]+)\*([0-9]{1,6})")


class ContentType(NamedTuple):
    """
    A content type. Everything but the values of parameters is in lower case.

    Attributes:
        type: Such as ``multipart``; empty where the header cannot be read.

        subtype: Such as ``mixed``; empty likewise.

        parameters: Parameters by name; of two with one name the first.
    """

    type: str
    subtype: str
    parameters: dict[str, bytes]


def parse_content_type(value: bytes) -> ContentType:
    """
    Read a Content-Type header. It does not fail: what cannot be read is left out.
    """
    lexer = Lexer(value)
    try:
        lexer.skip_blanks()
        main = lexer.token().decode("latin-1").lower()
        if not lexer.next:
            return ContentType(main, "", {})
        if lexer.next != b"/":
            raise Malformed
        lexer.at += 1
        lexer.skip_blanks()
        sub = lexer.token().decode("latin-1").lower()
        if lexer.next not in (b"", b";"):
            raise Malformed
    except Malformed:
        return ContentType("", "", {})
    return ContentType(main, sub, _parameters(lexer))


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
    elif begun_by_equals := _BEGUN_BY_EQUALS.match(lexer.value, lexer.at):
        value += begun_by_equals[0]
        lexer.at = begun_by_equals.end()
    else:
        value += lexer.token_or_nothing()
    return name.decode("latin-1").lower(), bytes(value)

"""
The first address of a From or To header, and the name that goes with it.

Real headers break RFC 5322 in every way, and a push service shows what Dovecot makes of them, so the
rules below are those of Dovecot's parser (2.3.19.1 and 2.4.1 alike): first an angle address with its
phrase, else a bare address whose last comment is the name, else whatever can be saved.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from luahost import patterns
from luahost.message.lexer import Lexer, Malformed

_LITERAL = patterns.compile(rb"\[(?:[^\[\]\\]|\\.)*+\]", re.DOTALL)


class Mailbox(NamedTuple):
    """
    One address as it stands in a header.

    Attributes:
        address: ``local@domain``, only ``local`` without a domain, or empty.

        name: Display name, comment or group name, still with its encoded words; or empty.
    """

    address: bytes = b""
    name: bytes = b""


def first_mailbox(value: bytes) -> Mailbox:
    """
    The first address of a header. A group counts as one address that has only a name.
    """
    lexer = Lexer(value)
    try:
        lexer.skip_blanks()
    except Malformed:
        return Mailbox()
    start = lexer.at
    name = bytearray()
    try:
        lexer.phrase(name)
    except Malformed:
        pass
    else:
        if lexer.next == b"<":
            return Mailbox(_angle_address(lexer), bytes(name))
        if lexer.next == b":":
            return Mailbox(name=bytes(name))
    lexer.at = start
    return _bare_address(lexer)


def _angle_address(lexer: Lexer) -> bytes:
    """
    What stands in angle brackets, as far as it can be read; the closing one may be missing.
    """
    address, local = b"", bytearray()
    with suppress(Malformed):
        lexer.at += 1
        lexer.skip_blanks()
        if lexer.next == b"@":
            with suppress(Malformed):
                _skip_route(lexer)
        _local_part(lexer, local)
        address = bytes(local)
        if lexer.next == b"@":
            address += b"@" + _domain(lexer)
    return address


def _bare_address(lexer: Lexer) -> Mailbox:
    """
    An address without angle brackets. Its last comment is its name.

    A single word is an address without a domain; several, or a quoted string, are a name alone.
    """
    lexer.comment = b""
    is_quoted = lexer.next == b'"'
    address, text = b"", bytearray()
    with suppress(Malformed):
        _local_part(lexer, text)
        address = bytes(text)
    has_domain = lexer.next == b"@"
    with suppress(Malformed):
        if has_domain:
            address += b"@" + _domain(lexer)
    if lexer.comment or has_domain:
        return Mailbox(address, lexer.comment)
    text += b" "
    length = len(text)
    with suppress(Malformed):
        lexer.phrase(text)
    if len(text) > length:
        return Mailbox(name=bytes(text))
    return Mailbox(name=address) if is_quoted else Mailbox(address)


def _local_part(lexer: Lexer, onto: bytearray) -> None:
    """
    Add what stands before the ``@``: atoms and dots in any number, or a quoted string.
    """
    if lexer.next == b'"':
        lexer.quoted(onto)
        return
    while True:
        dots = lexer.dots()
        onto += dots
        if dots and lexer.next in (b"", b"@"):
            return
        onto += lexer.atom()
        if lexer.next != b".":
            return


def _domain(lexer: Lexer) -> bytes:
    lexer.at += 1
    lexer.skip_blanks()
    literal = _LITERAL.match(lexer.value, lexer.at)
    if literal is None:
        return lexer.dotted_atoms()
    lexer.at = literal.end()
    lexer.skip_blanks()
    return literal[0].replace(b"\n", b"")


def _skip_route(lexer: Lexer) -> None:
    """
    Pass the ``@relay,@relay:`` of RFC 822, which says by which way mail should go.
    """
    while lexer.next in (b"@", b","):
        if lexer.next == b"@":
            _domain(lexer)
        else:
            lexer.at += 1
            lexer.skip_blanks()
    if lexer.next == b":":
        lexer.at += 1
        lexer.skip_blanks()

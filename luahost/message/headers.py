"""
The header section of a message or of one of its parts.

Dovecot takes nearly anything for a header: blanks before the colon, lines without one (which it
skips), continuation lines that hold nothing but blanks. Of several headers with one name the first
counts, but for Content-Transfer-Encoding, where it is the last; so both are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from luahost import patterns

KNOWN = frozenset(
    (b"from", b"to", b"subject", b"date", b"message-id", b"content-type", b"content-transfer-encoding")
)
"""Lower-case names of the headers that are kept; a message may have millions of others."""

_FIELD_END = patterns.compile(rb"\n(?![ \t])")
_EMPTY_LINE = patterns.compile(rb"\r?\n")
_LINE_END = patterns.compile(rb"\r+(\n|\Z)")


class HeaderSection(NamedTuple):
    """
    The known headers, by lower-case name, and where the body begins.

    Values have no leading blanks. Line ends of folding are LF, and the blank after them stays.

    Attributes:
        first: The first header of each name.

        last: The last header of each name.

        body: Place of the body in the message.
    """

    first: dict[bytes, bytes]
    last: dict[bytes, bytes]
    body: int


def read_section(data: bytes, start: int, is_boundary: Callable[[int], bool]) -> HeaderSection:
    """
    The headers from ``start`` to an empty line, to a boundary or to the end.

    Args:
        data: The whole message.

        start: Where the section begins.

        is_boundary: Whether the line at a place is a boundary of a part around this one. Senders
            forget the empty line, and a boundary ends the headers too.
    """
    first: dict[bytes, bytes] = {}
    last: dict[bytes, bytes] = {}
    while start < len(data):
        empty = _EMPTY_LINE.match(data, start)
        if empty:
            return HeaderSection(first, last, empty.end())
        if is_boundary(start):
            break
        end = _FIELD_END.search(data, start)
        stop = end.start() if end else len(data)
        name, _, value = data[start:stop].partition(b":")
        key = name.rstrip(b" \t").lower()
        if b"\0" in key and not key.startswith(b"content-"):
            # A string of C, which ends there; of what tells about the body Dovecot looks at the length, too.
            key = key.partition(b"\0")[0]
        if key in KNOWN and len(name) < stop - start:
            last[key] = _LINE_END.sub(rb"\1", value).lstrip(b" \t")
            first.setdefault(key, last[key])
        start = end.end() if end else len(data)
    return HeaderSection(first, last, start)

"""
How an HTTP request ended that was not answered with success: its kind, in a few words that stay the same.

Scripts are told in the words of their door, with addresses, times and numbers of connections in them; of a
thousand requests no two would be counted as one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from luahost import patterns
from luahost.effects import Http

_KINDS = (
    ("TLS failed", "SSL|certificate|handshake|tlsv1|sslv3|wrong version number|eof while reading"),
    ("host not found", "lookup host|host or service|name resolution|no address associated"),
    ("connection refused", "connection refused"),
    ("timeout", "time(d )?-?out|wantread"),
    ("redirect refused", "redirect"),
    ("connection closed", "closed|connection lost|disconnected|reset by peer|unexpected end of payload"),
    ("no valid HTTP", "invalid|malformed|duplicate|unexpected|expected|illegal"),
)
"""The kinds, and what stands in the words of one; the first that fits."""

_PATTERNS = tuple((kind, patterns.compile(words, re.IGNORECASE)) for kind, words in _KINDS)

OTHER = "other failure"
"""What is of none of these kinds, such as a network that is not reachable."""


def ending(effect: Http) -> str | None:
    """
    How a request ended, such as ``timeout``, ``refused by policy`` or, by its status, ``429``; None if it was
    answered with success.
    """
    if effect.denied:
        return "refused by policy"
    if effect.error is not None:
        return _kind(effect.error)
    return None if 200 <= (effect.status or 0) < 300 else str(effect.status)


@lru_cache(maxsize=256)
def _kind(words: str) -> str:
    return next((kind for kind, pattern in _PATTERNS if pattern.search(words)), OTHER)

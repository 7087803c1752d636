r"""
Quotes and backslashes of a value.

A value is quoted if it begins and ends with the same quote, whatever stands between: ``'a' 'b'`` is one
value, ``a' 'b``, in Dovecot too. Every ``\`` in it goes, and what follows it stays.
"""

from __future__ import annotations

import re

QUOTES = ("'", '"')


def unquoted(written: str) -> str | None:
    """
    The text of a quoted value; None if it is not quoted.
    """
    if written[:1] not in QUOTES or written[-1:] != written[:1]:
        return None
    # A lone quote is its own end.
    return unescaped(written[1:-1])


def unescaped(text: str) -> str:
    r"""
    The text without its backslashes; ``\\`` is one.
    """
    return re.sub(r"\\(.?)", r"\1", text, flags=re.DOTALL)


def quoted(text: str) -> str:
    """
    A value as a configuration file needs it: in quotes where it would be read as something else without.
    """
    plain = text == text.strip(" \t\r") and not any(character in text for character in "\"'#$\\\0")
    if plain and not text.startswith("<") and text:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

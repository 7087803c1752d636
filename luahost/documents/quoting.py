"""
Text from a file in a message to the operator: short, and nothing that a terminal would obey.
"""

from __future__ import annotations

LONGEST = 60
"""Characters of a value that a message shows."""


def quoted(text: str, *, longest: int = LONGEST) -> str:
    """
    The beginning of the text's first line, in quotes.
    """
    first_line, more, _ = text.partition("\n")
    shown = "".join(c if c.isprintable() else "\ufffd" for c in first_line[:longest])
    return f'"{shown}…"' if more or len(first_line) > longest else f'"{shown}"'


def word_or_quoted(text: str) -> str:
    """
    A name without quotes, if it can do without.
    """
    return text if text.isprintable() and 0 < len(text) <= LONGEST else quoted(text)

"""
Text from a fixture in a message to the operator.
"""

from __future__ import annotations


def quoted(text: str, *, longest: int = 60) -> str:
    """
    Text from a fixture as a message shows it: short and printable.
    """
    first_line, more, _ = text.partition("\n")
    if len(first_line) > longest:
        first_line, more = first_line[:longest], "more"
    shown = "".join(c if c.isprintable() else "\ufffd" for c in first_line)
    return f'"{shown}…"' if more else f'"{shown}"'

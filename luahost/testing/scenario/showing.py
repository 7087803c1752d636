"""
Values in reports: one line, nothing that a terminal would obey, and of long texts the part that matters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from luahost.effects import json_value

LONGEST = 160
"""Characters of a text that are shown."""

BEFORE = 40
"""Of them, how many stand before the first difference."""


DEEPEST = 20
"""Lists and mappings in each other that are shown; a script may send deeper ones."""


def shown(value: Any, depth: int = 0) -> str:
    """
    A value as YAML in one line: text in quotes, ``null``, ``{uid: 1}``, ``[a]``.
    """
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        return _quoted(value[:LONGEST]) + ("…" if len(value) > LONGEST else "")
    if isinstance(value, Mapping | Sequence) and depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {shown(item, depth + 1)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(shown(item, depth + 1) for item in value) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(value)
    return json.dumps(json_value(value), ensure_ascii=False)


def _key(key: str) -> str:
    return key if key.isprintable() else _quoted(key)


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in written)


def around_difference(expected: str, got: str) -> tuple[str, str]:
    """
    Two texts that differ, both cut to where they begin to differ if they are long.
    """
    if max(len(expected), len(got)) <= LONGEST:
        return shown(expected), shown(got)
    pairs = enumerate(zip(expected, got, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), min(len(expected), len(got)))
    begin = max(0, same - BEFORE)
    return _cut(expected, begin), _cut(got, begin)


def _cut(text: str, begin: int) -> str:
    return ("…" if begin else "") + shown(text[begin:])

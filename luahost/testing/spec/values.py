"""
Tables across the boundary to Lua, where only plain values cross: the Python half of
``lua/testing/values.lua``.

Each value stands behind a mark: ``=`` for one as it stands, ``{`` for a table, whose number of entries and
whose keys and values follow. Lua's tables become lists if their keys are 1, 2, 3 …, and else dicts; an empty
one is a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from luahost import dataclass as dataclasses
from luahost.runtime import LuaFault, Plain, text

PLAIN, TABLE = b"=", b"{"

LARGEST = 2**63
"""Beyond it a whole number is a float to Lua."""


def flat(value: Any) -> list[Plain]:
    """
    A value as it crosses. Text and bytes are the same to Lua; None in a table is left out, as Lua has it.
    """
    into: list[Plain] = []
    _put(into, value)
    return into


def _put(into: list[Plain], value: Any) -> None:
    if isinstance(value, str):
        value = _octets(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        entries = [(key, item) for key, item in value.items() if item is not None]
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        entries = [(key, item) for key, item in enumerate(value, 1) if item is not None]
    else:
        if isinstance(value, int) and not -LARGEST <= value < LARGEST:
            value = float(value)
        into += (PLAIN, value)
        return
    into += (TABLE, len(entries))
    for key, item in entries:
        _put(into, key)
        _put(into, item)


def _octets(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        # Half of a pair, as JSON can have it; not one of Python's stand-ins for a byte.
        return text.encode("utf-8", "surrogatepass")


def values(crossed: Sequence[Plain]) -> list[Any]:
    """
    The values that have come over so, with text as ``str``.
    """
    rest = iter(crossed)
    return [_taken(mark, rest) for mark in rest]


def _taken(mark: Plain, rest: Iterator[Plain]) -> Any:
    try:
        value = next(rest)
        if mark != TABLE:
            return text(value) if isinstance(value, bytes) else value
        entries = {_taken(next(rest), rest): _taken(next(rest), rest) for _ in range(int(value or 0))}
    except (StopIteration, TypeError, ValueError, OverflowError, RecursionError):
        # Whatever a script makes of its process, the host hears no more than that.
        raise LuaFault("luahost: values that no spec hands over") from None
    numbers = range(1, len(entries) + 1)
    if all(number in entries for number in numbers):
        return [entries[number] for number in numbers]
    return entries

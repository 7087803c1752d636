"""
The bytecode of scripts' files, as luahost runs it: kept, so that the next session need not compile them.

Keys are the whole text, the name, and what ``tail_calls.py`` made of it depends on. It is made by Lua's own
compiler in this process, and never comes from a file. Lua knows a text by a number, and so need not hold it.
"""

from __future__ import annotations

import itertools
from typing import Any

from luahost.runtime.tail_calls import without_tail_calls

MOST_KEPT = 64
"""Files; those that were compiled last."""

LONGEST_SOURCE = 256 * 1024
"""Bytes of the longest text that is kept."""

_next_number = itertools.count(1).__next__
_numbers: dict[tuple[bytes, bytes], int] = {}
_kept: dict[tuple[int, bytes, bytes], bytes] = {}


def number_of(source: bytes, name: bytes) -> int:
    """
    The number of a file with this text and name, 0 if the text is too long to be kept. No other has it, ever.
    """
    if len(source) > LONGEST_SOURCE:
        return 0
    found = _numbers.get((source, name))
    if found is None:
        _make_room(_numbers)
        found = _numbers[source, name] = _next_number()
    return found


def known(number: int, names: bytes, global_names: bytes) -> bytes | None:
    """
    The bytecode of a file that was compiled before, None if it was not.
    """
    return _kept.get((number, names, global_names))


def ready(dump: bytes, names: bytes, global_names: bytes, number: int | None = None) -> bytes:
    """
    The bytecode to run in the place of ``dump``. That of a file, which has a number, is kept.
    """
    bytecode = without_tail_calls(dump, names, global_names) or dump
    if number:
        _make_room(_kept)
        _kept[number, names, global_names] = bytecode
    return bytecode


def _make_room(files: dict[Any, Any]) -> None:
    """
    Forget those that were put there first, if there are many.
    """
    while len(files) >= MOST_KEPT:
        files.pop(next(iter(files)), None)

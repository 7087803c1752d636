"""
The bytecode of scripts' files, as luahost runs it: kept, so that the next session need not compile them.

Keys are the whole text, the name, and what ``tail_calls.py`` made of it depends on. It is made by Lua's own
compiler in this process, and never comes from a file.
"""

from __future__ import annotations

from luahost.runtime.tail_calls import without_tail_calls

MOST_KEPT = 64
"""Files; those that were compiled last."""

LONGEST_SOURCE = 256 * 1024
"""Bytes of the longest text that is kept."""

_kept: dict[tuple[bytes, ...], bytes] = {}


def known(source: bytes, name: bytes, names: bytes, global_names: bytes) -> bytes | None:
    """
    The bytecode of a file that was compiled before, None if it was not.
    """
    return _kept.get((source, name, names, global_names))


def ready(
    dump: bytes, names: bytes, global_names: bytes, source: bytes | None = None, name: bytes | None = None
) -> bytes:
    """
    The bytecode to run in the place of ``dump``. That of a file, whose text and name are given, is kept.
    """
    bytecode = without_tail_calls(dump, names, global_names) or dump
    if source is not None and name is not None and len(source) <= LONGEST_SOURCE:
        while len(_kept) >= MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[source, name, names, global_names] = bytecode
    return bytecode

"""
Lua's text on one line is the same program.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.runtime.chunks import LUA_DIRECTORY
from luahost.runtime.lua_words import on_one_line


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("local a = 1 -- one\nreturn a", "local a = 1   return a"),
        ('--[[ long\ncomment ]] return \'--\' .. "a\\"--"', '  return \'--\' .. "a\\"--"'),
        ("return [[--]] .. [==[ ]] ]==]", "return [[--]] .. [==[ ]] ]==]"),
        ("return 1 -\n- 1", "return 1 - - 1"),
        ("--[ a comment\nreturn 1", "  return 1"),
    ],
)
def test_words(source: str, expected: str) -> None:
    """
    Comments and line breaks become blanks, and strings stay as they are.
    """
    assert on_one_line(source.encode()).decode() == expected


def test_luahost_s_own_lua() -> None:
    """
    Every chunk of luahost without a long string stands on one line.
    """
    for chunk in Path(LUA_DIRECTORY).rglob("*.lua"):
        flat = on_one_line(chunk.read_bytes())

        assert b"[[" in flat or b"\n" not in flat, chunk

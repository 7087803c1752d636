"""
What generators of snippets have in common.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-+*/.,:;%=?#@&$!()[]{}<>'|~^"
)

ALL = "local function all(...) return ... end "
"""
For libraries that are written in Lua: in ``return all(f())`` the call of ``f`` is no tail call.
"""


class Generator(NamedTuple):
    """
    Makes snippets; the prelude names what they use.
    """

    prelude: str
    snippet: Callable[[Random], str]

    def snippets(self, seed: int, count: int) -> list[str]:
        """
        So many, the same for the same seed.
        """
        rng = Random(seed)
        return [self.snippet(rng) for _ in range(count)]


def lua_string(text: str | bytes) -> str:
    """
    A Lua literal, in which every byte that could mean something else is a number.
    """
    data = text.encode() if isinstance(text, str) else text
    return '"' + "".join(chr(byte) if byte in PLAIN else f"\\{byte:03d}" for byte in data) + '"'

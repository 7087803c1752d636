"""
Where the functions of a Lua file stand: their names, their lines and their text.

No parser, only the words of Lua and which of them open a block that ``end`` closes. That is enough to cut
every function out of a file that compiles, in every version from 5.1 to 5.5 and LuaJIT (Lua 5.4 manual,
sections 3.1 and 3.3); of one that does not compile, nobody asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.dataclass import dataclass
from luahost.runtime.lua_words import WORDS

OPENING = frozenset({b"function", b"do", b"if", b"repeat"})
"""Words that open a block. ``while`` and ``for`` have a ``do``."""

CLOSING = frozenset({b"end", b"until"})

NOTHING_RUNS = frozenset(
    {b"end", b"else", b"do", b"then", b"repeat", b"}", b")", b"]", b",", b";"},
)
"""
Words of which a line may consist that is no line of code to a reader, whatever Lua counts to it: the return
that ends each function, or the making of a closure.
"""


@dataclass(frozen=True, slots=True)
class Function:
    """
    A function as it stands in a file.

    Attributes:
        name: What it is called where it is made: ``push``, ``queue.add``, ``queue:add``; empty for a function
            without a name.

        line: The line that Lua calls its first, from 1.

        last_line: Where its ``end`` is.

        source: ``return function (…) … end`` on the lines where it stands.
    """

    name: str
    line: int
    last_line: int
    source: bytes


@dataclass(frozen=True, slots=True)
class _Word:
    text: bytes
    line: int
    begin: int
    end: int
    is_name: bool


def functions(source: bytes) -> list[Function]:
    """
    Every function of a file, those within others too, in the order of their beginnings.
    """
    words = _words(source)
    open_blocks: list[int] = []
    found: dict[int, Function] = {}
    for index, word in enumerate(words):
        if word.text in OPENING:
            open_blocks.append(index)
        elif word.text in CLOSING and open_blocks:
            begin = open_blocks.pop()
            if words[begin].text == b"function":
                found[begin] = _function(source, words, begin, index)
    return [found[begin] for begin in sorted(found)]


def lines_without_code(source: bytes) -> frozenset[int]:
    """
    Lines on which there is nothing to run but what closes a block, a call or a table.
    """
    words = _words(source)
    with_code = {word.line for word in words if word.text not in NOTHING_RUNS}
    return frozenset(word.line for word in words) - with_code


def _words(source: bytes) -> list[_Word]:
    found = []
    line = 1
    for match in WORDS.finditer(source):
        text = match[0]
        if match["skipped"] is None:
            found.append(_Word(text, line, match.start(), match.end(), match["name"] is not None))
        line += text.count(b"\n")
    return found


def _function(source: bytes, words: Sequence[_Word], begin: int, end: int) -> Function:
    opening = begin + 1
    while words[opening].text != b"(":
        opening += 1
    named = words[begin + 1 : opening]
    is_local = begin > 0 and words[begin - 1].text in (b"local", b"global")
    name = b"".join(word.text for word in named) or _assigned_to(words, begin)
    line = words[begin].line if named and not is_local else words[opening].line
    parameters = words[opening].end
    self_parameter = b""
    if any(word.text == b":" for word in named):
        self_parameter = b"self" if words[opening + 1].text == b")" else b"self, "
    text = b"%sreturn function(%s%s" % (
        b"\n" * (words[opening].line - 1),
        self_parameter,
        source[parameters : words[end].end],
    )
    return Function(name.decode("utf-8", "replace"), line, words[end].line, text)


def _assigned_to(words: Sequence[_Word], begin: int) -> bytes:
    """
    The name in ``queue.add = function``, empty if there is none.
    """
    if begin < 2 or words[begin - 1].text != b"=":
        return b""
    first = begin - 2
    if not words[first].is_name:
        return b""
    while first >= 2 and words[first - 1].text == b"." and words[first - 2].is_name:
        first -= 2
    return b"".join(word.text for word in words[first : begin - 1])

"""
A script that Lua does not load: what its compiler says, and where in the line that is.
"""

from __future__ import annotations

from luahost import patterns
from luahost.check.finding import Finding
from luahost.check.syntax import Source
from luahost.runtime.compiler import Refusal

SYNTAX = "syntax-error"
"""The rule that a script breaks which Lua does not load."""

BYTECODE = b"\x1bLua"
"""How a compiled script begins."""

BEGUN = patterns.compile(r"(?:<goto>|loop|starting) at line (\d+)\b")
"""What names a better line than that where the compiler gave up: a goto's, a break's, a long string's."""

NEAR = patterns.compile(r" near (?:'(.+)'|<eof>)$")
"""The last word that the compiler read."""


def not_loaded(source: Source, refused: Refusal) -> Finding:
    """
    The finding that says so, in Lua's words: they stand in Dovecot's log, too.
    """
    if source.text.startswith(BYTECODE):
        return _finding(source, "this is compiled Lua: there is nothing in it that could be checked", 1, 1, 1)
    begun = BEGUN.search(refused.words)
    line = min(int(begun[1]) if begun else refused.line, source.lines)
    text = source.line(line)
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    near = NEAR.search(refused.words)
    if near and near[1] and near[1] in text and not begun:
        start = text.index(near[1])
        end = start + len(near[1])
    words = f"Lua does not load this script: {refused.words}"
    return _finding(source, words, line, start + 1, max(end, start) + 1)


def _finding(source: Source, message: str, line: int, column: int, end: int) -> Finding:
    words = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in message)
    return Finding(SYNTAX, "error", words, "", source.file, line, column, line, end)

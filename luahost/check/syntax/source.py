"""
A script's text, and places in it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from luahost import patterns
from luahost.check.syntax.nodes import Block, Node

LINE_END = patterns.compile(rb"\r\n|\n\r|\n|\r")
"""What Lua counts as one line's end (manual of Lua 5.4, section 3.1)."""

MARK = b"\xef\xbb\xbf"
"""The byte order mark: no character to Lua, nor to an editor."""


class Comment(NamedTuple):
    """
    A comment without its dashes.

    Attributes:
        text: What it says.

        line: The line that it begins in, from 1.

        alone: Whether nothing stands before it in that line.

        start: The offset of its first dash.

        end: The offset behind its last byte.
    """

    text: str
    line: int
    alone: bool
    start: int
    end: int


class SyntaxProblem(NamedTuple):
    """
    Where the source stops being Lua, as byte offsets.
    """

    start: int
    end: int


class Source:
    """
    A script's text, and its tree.

    Attributes:
        file: Its name, as the operator gave it.

        text: Its bytes.

        block: The whole script.

        comments: Its comments, in order.

        problem: Where it stops being Lua; the tree then is empty.
    """

    def __init__(self, file: str, text: bytes) -> None:
        self.file = file
        self.text = text
        self._starts = [0, *(end.end() for end in LINE_END.finditer(text))]
        if text.startswith(MARK):
            self._starts[0] = len(MARK)
        self.block = Block([])
        self.comments: list[Comment] = []
        self.problem: SyntaxProblem | None = None

    def place(self, offset: int) -> tuple[int, int]:
        """
        Line and column of a byte, both from 1; a column counts characters.
        """
        line = max(1, bisect_right(self._starts, offset))
        start = self._starts[line - 1]
        return line, len(self.text[start:offset].decode("utf-8", "replace")) + 1

    def line(self, number: int) -> str:
        """
        A line without its end.
        """
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : end].decode("utf-8", "replace").rstrip("\r\n")

    def line_start(self, number: int) -> int:
        """
        The offset at which a line begins.
        """
        return self._starts[number - 1]

    @property
    def lines(self) -> int:
        """
        How many lines there are.
        """
        return len(self._starts)

    def of(self, node: Node) -> str:
        """
        A node as it stands in the source; bytes that are no UTF-8 as surrogates, to be written back as they
        were.
        """
        return self.text[node.start : node.end].decode("utf-8", "surrogateescape")

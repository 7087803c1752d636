"""
The parts of a message, and which of them the snippet is taken from.

A line belongs to a part if it *begins* with its boundary; the longest such boundary wins, the innermost
of two alike. So a message cut off or spliced together wrongly still has parts. All this and the limits
are Dovecot's (2.3.19.1 and 2.4.1 alike).
"""

from __future__ import annotations

import re

from luahost import patterns
from luahost.dataclass import dataclass, field
from luahost.message.content_type import ContentType, parse_content_type
from luahost.message.headers import HeaderSection, read_section

MAX_DEPTH = 99
"""How many multiparts and forwarded messages may be inside of each other."""

MAX_PARTS = 10_000
"""How many parts a message may have, itself included."""

_MAX_BOUNDARY_BYTES = 80
_DASHES = patterns.compile(rb"^--", re.MULTILINE)


@dataclass(slots=True)
class Part:
    """
    A message or a part of one.

    Attributes:
        headers: Its headers.

        content_type: None without a Content-Type header.

        end: Where its body ends; not after ``start`` if it is empty.

        boundary: What the lines between its children begin with after ``--``; None if it has no more.

        children: The parts of a multipart, or the message in a message/rfc822.
    """

    headers: HeaderSection
    content_type: ContentType | None
    end: int
    boundary: bytes | None = None
    children: list[Part] = field(default_factory=list)

    @property
    def start(self) -> int:
        """
        Where its body begins in the message.
        """
        return self.headers.body

    @property
    def encoding(self) -> bytes | None:
        """
        Value of Content-Transfer-Encoding. Here Dovecot takes the last such header.
        """
        return self.headers.last.get(b"content-transfer-encoding")


def parse_parts(data: bytes) -> Part:
    """
    The tree of a message's parts.
    """
    return _Parser(data).parse()


def text_part(part: Part) -> Part | None:
    """
    The part of a message that its snippet is taken from; None if there is no text.

    That is the first text, be it an attachment; of alternatives the first plain one, else the last
    HTML, else the last text of another kind.
    """
    if part.content_type is None or part.content_type.type == "text":
        return part
    if part.content_type.type != "multipart":
        return None
    if part.content_type.subtype == "alternative":
        return _best_alternative(part.children)
    return next(filter(None, map(text_part, part.children)), None)


def _best_alternative(children: list[Part]) -> Part | None:
    best: dict[str, Part] = {}
    for child in children:
        if child.content_type is None or child.content_type[:2] == ("text", "plain"):
            return child
        if child.content_type.type == "text":
            best["html" if child.content_type.subtype == "html" else "other"] = child
    return best.get("html") or best.get("other")


class _Parser:
    """
    One walk over a message. ``open`` are the parts that the current place is in, outermost first.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.open: list[Part] = []
        self.parts = 0

    def parse(self) -> Part:
        self._begin_part(0)
        root, at = self.open[0], self.open[-1].start
        while (found := self._next_boundary(at)) is not None and self.parts < MAX_PARTS:
            at = self._pass_boundary(*found)
        return root

    def _next_boundary(self, at: int) -> tuple[int, int] | None:
        """
        Where the next boundary stands, and the index of the open part that it belongs to.
        """
        if all(part.boundary is None for part in self.open):
            return None
        for dashes in _DASHES.finditer(self.data, at):
            depth = self._owner(dashes.start())
            if depth is not None:
                return dashes.start(), depth
        return None

    def _begin_part(self, at: int) -> None:
        headers = read_section(self.data, at, lambda line: self._owner(line) is not None)
        value = headers.first.get(b"content-type")
        part = Part(headers, None if value is None else parse_content_type(value), len(self.data))
        self.parts += 1
        if self.open:
            self.open[-1].children.append(part)
        self.open.append(part)
        if part.content_type is None or len(self.open) > MAX_DEPTH:
            return
        if part.content_type.type == "multipart":
            boundary = part.content_type.parameters.get("boundary")
            part.boundary = None if boundary is None else boundary[:_MAX_BOUNDARY_BYTES]
        elif part.content_type[:2] == ("message", "rfc822"):
            self._begin_part(part.start)

    def _owner(self, line: int) -> int | None:
        """
        Which open part's boundary stands at the begin of a line, by its index.
        """
        if not self.data.startswith(b"--", line):
            return None
        owner, longest = None, -1
        for depth in range(len(self.open) - 1, -1, -1):
            boundary = self.open[depth].boundary
            if boundary is not None and len(boundary) > longest and self.data.startswith(boundary, line + 2):
                owner, longest = depth, len(boundary)
        return owner

    def _pass_boundary(self, line: int, depth: int) -> int:
        """
        End what the boundary ends, begin what it begins, and say where to go on.
        """
        owner = self.open[depth]
        end = line - (2 if self.data.startswith(b"\r\n", line - 2) else 1)
        for part in self.open[depth + 1 :]:
            part.end = end
        del self.open[depth + 1 :]
        assert owner.boundary is not None
        after = line + 2 + len(owner.boundary)
        next_line = self.data.find(b"\n", after) + 1 or len(self.data)
        if self.data.startswith(b"--", after):
            owner.boundary = None
            return next_line
        self._begin_part(next_line)
        return self.open[-1].start

"""
YAML text as a tree in which every node knows its line and column.

PyYAML parses; the tree is put together here from its events. PyYAML's own ``compose`` recurses, and
with libyaml below it a hundred thousand ``[`` end the whole process, not just the call.

An alias is the very node that it names, so a tree may be a graph, even one with cycles. Whoever
walks it must count (``values``). Numbers, true and false stay as they are written.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from luahost import patterns
from luahost.dataclass import dataclass, field
from luahost.documents.quoting import quoted
from luahost.documents.yaml_errors import syntax_error
from luahost.errors import InputError

Loader: TypeAlias = "type[yaml.SafeLoader] | type[yaml.CSafeLoader]"

FASTEST_LOADER: Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where PyYAML has it."""

MAX_DEPTH = 100
"""Lists and mappings in each other; what people write needs fewer than ten."""

_CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")
)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# Not as the characters that may: that pattern takes as long to compile as all of PyYAML to import.
_NOT_YAML = patterns.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_HALF_CHARACTER = patterns.compile("[\ud800-\udfff]")


@dataclass(slots=True, eq=False)
class ScalarNode:
    """
    Text as it is written, without its quotes; ``is_null`` if it is YAML's way to write nothing, ``is_quoted``
    if it is text whatever it looks like.
    """

    line: int
    text: str
    is_null: bool
    is_quoted: bool = False
    column: int | None = None


@dataclass(slots=True, eq=False)
class SequenceNode:
    """
    A list.
    """

    line: int
    items: list[Node] = field(default_factory=list)
    column: int | None = None


@dataclass(slots=True, eq=False)
class MappingNode:
    """
    Keys and values in turn, as they come; a key may stand there twice, and ``<<`` is a key.
    """

    line: int
    items: list[Node] = field(default_factory=list)
    column: int | None = None

    @property
    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """
        Each key with its value.
        """
        return zip(self.items[::2], self.items[1::2], strict=True)


Node = ScalarNode | SequenceNode | MappingNode


def read_tree(data: bytes, *, file: str, what: str, loader: Loader = FASTEST_LOADER) -> Node | None:
    """
    The one document in ``data``; None if there is none.

    Args:
        data: YAML in UTF-8.

        file: Its name, for errors.

        what: What it is, for errors: ``a fixture``.

        loader: PyYAML's loader; only safe ones, and only their parser is used.

    Raises:
        InputError: It is not YAML, or YAML that nobody needs here; with the line.
    """
    text = _decoded(data, file, what)
    try:
        return _built(_events(text, loader), file, what)
    except yaml.YAMLError as error:
        raise syntax_error(error, text, file) from None


def _decoded(data: bytes, file: str, what: str) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8")) + 1
        words = f"{what} is text in UTF-8, found the byte 0x{data[error.start]:02x}; save the file as UTF-8"
        raise InputError(words, file=file, line=line, column=column) from None
    odd = _NOT_YAML.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        words = f"the control character U+{ord(odd[0]):04X} may not stand in YAML; take it out"
        column = odd.start() - text.rfind("\n", 0, odd.start())
        raise InputError(words, file=file, line=line, column=column)
    return text


def _events(text: str, loader: Loader) -> Iterator[Any]:
    """
    PyYAML's events. Its own ``yaml.parse`` asks twice for each.
    """
    parser = loader(text)
    try:
        while (event := parser.get_event()) is not None:
            yield event
            if type(event) is yaml.StreamEndEvent:
                return
    finally:
        parser.dispose()


def _built(events: Iterator[Any], file: str, what: str) -> Node | None:
    """
    The tree, from PyYAML's events; without recursion, since its depth is the file's choice.
    """
    top = SequenceNode(1)
    open_nodes: list[SequenceNode | MappingNode] = [top]
    anchors: dict[str, Node] = {}
    for event in events:
        kind = type(event)
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if kind in _NODES:
            node = _node(event, line, column, file, what)
            open_nodes[-1].items.append(node)
            if event.anchor is not None:
                anchors[event.anchor] = node
            if not isinstance(node, ScalarNode):
                open_nodes.append(node)
                if len(open_nodes) > MAX_DEPTH:
                    words = f"more than {MAX_DEPTH} levels of lists and mappings"
                    raise InputError(words, file=file, line=line, column=column)
        elif kind in _ENDS:
            open_nodes.pop()
        elif kind is yaml.AliasEvent:
            if event.anchor not in anchors:
                words = f"*{event.anchor} has no &{event.anchor} before it"
                raise InputError(words, file=file, line=line, column=column)
            open_nodes[-1].items.append(anchors[event.anchor])
        elif kind is yaml.DocumentStartEvent and top.items:
            raise InputError(f"{what} is one document, found a second one", file=file, line=line)
    return top.items[0] if top.items else None


_COLLECTIONS: dict[type, type[SequenceNode | MappingNode]] = {
    yaml.SequenceStartEvent: SequenceNode,
    yaml.MappingStartEvent: MappingNode,
}
_NODES = frozenset((yaml.ScalarEvent, *_COLLECTIONS))
_ENDS = frozenset((yaml.SequenceEndEvent, yaml.MappingEndEvent))


def _node(event: Any, line: int, column: int, file: str, what: str) -> Node:
    tag = event.tag
    if tag is not None and tag != "!" and tag not in _CORE_TAGS:
        shown = tag.replace("tag:yaml.org,2002:", "!!")
        words = f"the tag {quoted(shown)} has no meaning here; {what} is text, numbers, lists and mappings"
        raise InputError(words, file=file, line=line, column=column)
    collection = _COLLECTIONS.get(type(event))
    if collection is not None:
        return collection(line, column=column)
    text = event.value
    half = None if text.isascii() else _HALF_CHARACTER.search(text)
    if half:
        words = f"U+{ord(half[0]):04X} is half a character; write the whole one"
        raise InputError(words, file=file, line=line, column=column)
    quoted_or_tagged = not event.implicit[0]
    is_null = not quoted_or_tagged and text in _NULLS
    return ScalarNode(line, text, is_null, quoted_or_tagged, column)

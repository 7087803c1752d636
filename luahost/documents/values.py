"""
Reading a tree by tables: what a value must be, and the words if it is something else.

A ``Reader`` turns a ``Value`` into what luahost needs or raises an ``InputError`` with the line,
what was expected and what was found. Readers of lists and mappings are made of readers of what is in
them, so a format is a table of keys and readers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from luahost import patterns
from luahost.dataclass import dataclass
from luahost.documents.quoting import LONGEST, quoted, word_or_quoted
from luahost.documents.yaml_tree import MappingNode, Node, ScalarNode, SequenceNode
from luahost.errors import InputError

T = TypeVar("T")

MAX_VALUES = 1_000_000
"""Values in one file, counted wherever an alias repeats them: a page of aliases can stand for 10^30."""

_NUMBER = patterns.compile("0|-?[1-9][0-9]{0,18}")
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_MERGE = "<<"


class Document:
    """
    The file that is being read.

    Args:
        file: Its path as the operator gave it, ``-`` for standard input.

        most_values: How many values it may stand for.

    Attributes:
        kept: What readers have made so far and may need again, by what stands in the file for it.
    """

    def __init__(self, file: str, *, most_values: int = MAX_VALUES) -> None:
        self.file = file
        self.kept: dict[str, Any] = {}
        self._most_values = self._values_left = most_values

    def count(self, line: int) -> None:
        """
        One more value has been met.
        """
        self._values_left -= 1
        if self._values_left < 0:
            words = f"more than {self._most_values} values; aliases repeat too much"
            raise InputError(words, file=self.file, line=line)


@dataclass(slots=True, eq=False)
class Value:
    """
    A place in the file.

    Attributes:
        name: What messages call it: its key, or what the items of its list are.

        line: Its key's line, or its own in a list.

        column: The same for the place in that line, from 1; None where it is not known.
    """

    name: str
    node: Node
    document: Document
    line: int
    column: int | None = None

    def __post_init__(self) -> None:
        self.document.count(self.line)

    @property
    def is_nothing(self) -> bool:
        """
        Whether nothing stands there.
        """
        return isinstance(self.node, ScalarNode) and self.node.is_null

    def error(self, words: str) -> InputError:
        """
        The error to raise about this place.
        """
        return InputError(words, file=self.document.file, line=self.line, column=self.column)

    def expected(self, what: str) -> InputError:
        """
        The error to raise if it is not ``what`` it should be.
        """
        return self.error(f"{word_or_quoted(self.name)} is {what}, found {_shown(self.node)}")


Reader = Callable[[Value], T]


def _shown(node: Node) -> str:
    match node:
        case ScalarNode(is_null=True):
            return "nothing"
        case ScalarNode():
            return quoted(node.text)
        case SequenceNode():
            return "a list"
        case MappingNode():
            return "a mapping"


def as_written(value: Value) -> str:
    """
    Text, with whatever stands there taken literally: ``yes`` is ``yes``, nothing is empty.
    """
    if not isinstance(value.node, ScalarNode):
        raise value.expected("text")
    return value.node.text


def text(value: Value) -> str:
    """
    Text that is there.
    """
    if value.is_nothing:
        raise value.expected("text")
    return as_written(value)


def file_path(value: Value) -> str:
    """
    The path of a file, beside the one it stands in.
    """
    written = text(value)
    if not written or "\0" in written:
        raise value.expected("the path of a file")
    return beside(value, written)


def beside(value: Value, path: str) -> str:
    """
    A path as it is meant in the file that this value stands in, wherever luahost is called.
    """
    return os.path.join(os.path.dirname(value.document.file), path)


def optional_text(value: Value) -> str | None:
    """
    Text, or None where nothing stands.
    """
    return None if value.is_nothing else text(value)


def truth(value: Value) -> bool:
    """
    True or false, in any of YAML's words for them.
    """
    found = _TRUTHS.get(value.node.text.lower()) if isinstance(value.node, ScalarNode) else None
    if found is None:
        raise value.expected("true or false")
    return found


def number(least: int, most: int, *, what: str | None = None) -> Reader[int]:
    """
    A whole decimal number in a range; ``what`` it is, for messages, unless they should name the range.
    """

    def read(value: Value) -> int:
        if isinstance(value.node, ScalarNode) and _NUMBER.fullmatch(value.node.text):
            found = int(value.node.text)
            if least <= found <= most:
                return found
        raise value.expected(what or f"a number from {least} to {most}")

    return read


def items(value: Value, each: str) -> list[Value]:
    """
    What a list holds; ``each`` is what messages call one of them. Nothing is an empty list.
    """
    if value.is_nothing:
        return []
    if not isinstance(value.node, SequenceNode):
        raise value.expected("a list")
    return [Value(each, node, value.document, node.line, node.column) for node in value.node.items]


def members(value: Value) -> dict[str, Value]:
    """
    What a mapping holds, by key. ``<<`` adds the keys of other mappings behind its own.

    Nothing is an empty mapping.
    """
    if value.is_nothing:
        return {}
    if not isinstance(value.node, MappingNode):
        raise value.expected("a mapping")
    document = value.document
    found: dict[str, Value] = {}
    merged = set()
    pending = [value.node]
    while pending:
        mapping = pending.pop()
        # None is merged twice: aliases may go in circles.
        if id(mapping) in merged:
            continue
        merged.add(id(mapping))
        own: dict[str, Value] = {}
        others: list[MappingNode] = []
        for key_node, node in mapping.pairs:
            if not isinstance(key_node, ScalarNode):
                odd = Value("a key", key_node, document, key_node.line, key_node.column)
                raise odd.expected("text")
            document.count(key_node.line)
            key = key_node.text
            member = Value(key, node, document, key_node.line, key_node.column)
            if key == _MERGE:
                others += _mappings(member)
            elif key in own:
                words = f"the key {quoted(key)} is there twice, first in line {own[key].line}"
                raise member.error(words)
            else:
                own[key] = member
        for key, member in own.items():
            found.setdefault(key, member)
        pending += reversed(others)
    return found


def _mappings(value: Value) -> list[MappingNode]:
    """
    The mappings that ``<<`` names: one, or a list of them.
    """
    named = items(value, _MERGE) if isinstance(value.node, SequenceNode) else [value]
    for other in named:
        if not isinstance(other.node, MappingNode):
            raise other.expected("a mapping or a list of mappings")
    return [other.node for other in named if isinstance(other.node, MappingNode)]


def meant_or_known(word: str, known: Collection[str]) -> str:
    """
    The end of a complaint about a word that is unknown: the one that was probably meant, or all there are.
    """
    from difflib import get_close_matches

    close = get_close_matches(word[:LONGEST], known, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"


def record(
    value: Value, table: Mapping[str, Reader[Any]], *, where: str, required: Collection[str] = ()
) -> dict[str, Any]:
    """
    A mapping with known keys: what each key's reader makes of its value. Absent keys stay absent.

    Args:
        value: The mapping.

        table: The reader for each key.

        where: Where in the file it stands, for messages: ``at the top``, ``in MessageRead``.

        required: Keys that must be there.
    """
    found = members(value)
    for key, member in found.items():
        if key not in table:
            raise member.error(f"unknown key {quoted(key)} {where}; {meant_or_known(key, table)}")
    for key in required:
        if key not in found:
            raise value.error(f"{key} is missing {where}")
    return {key: table[key](member) for key, member in found.items()}

r"""
Matchers as they are written in YAML: the values under ``then``.

A value stands for itself. ``/Remote error \d+/`` is a regular expression, ``$any`` and the other words of
``KINDS`` stand for any value of a kind, and a mapping whose keys begin with ``$`` is one of ``_MATCHERS``. A
number without quotes is a number, and with quotes text, as everywhere in YAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from luahost import patterns
from luahost.documents.quoting import quoted
from luahost.documents.values import Value, items, meant_or_known, members, text
from luahost.documents.yaml_tree import MAX_DEPTH, MappingNode, ScalarNode, SequenceNode
from luahost.errors import InputError
from luahost.testing.scenario.matchers import (
    KINDS,
    AllOf,
    Contains,
    Equal,
    Fields,
    Items,
    Matcher,
    Not,
    OneOf,
    Range,
    Regex,
)

_INTEGER = patterns.compile("[+-]?[0-9]+")
_NUMBER = patterns.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_REGEX = patterns.compile("/(.+)/(i?)", re.DOTALL)


def matcher(value: Value) -> Matcher:
    """
    What is expected of a value that can be text, a number, a list or a mapping.
    """
    return _matcher(value, scalar, 0)


def text_matcher(value: Value) -> Matcher:
    """
    What is expected of something that is always text, such as a log line: ``12`` is the text ``12``.
    """
    return _matcher(value, _text_scalar, 0)


def _matcher(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    if depth > MAX_DEPTH:
        # The file's own depth is limited, so this is an alias in itself.
        raise value.error("this mapping or list holds itself; take the alias out")
    node = value.node
    if isinstance(node, SequenceNode):
        return Items(tuple(_matcher(item, read, depth + 1) for item in items(value, "an item")))
    if isinstance(node, ScalarNode):
        return read(value)
    found = members(value)
    special = [key for key in found if key.startswith("$")]
    if not special:
        return Fields({key: _matcher(member, read, depth + 1) for key, member in found.items()})
    for key, member in found.items():
        if key not in special:
            raise member.error(
                f"{quoted(key)} cannot stand beside {special[0]}; $equals takes a mapping as it is"
            )
    return _special(value, found, read, depth + 1)


def scalar(value: Value) -> Matcher:
    """
    What one word or number stands for.
    """
    node = value.node
    assert isinstance(node, ScalarNode)
    special = _word_or_regex(value, node)
    if special is not None:
        return special
    return Equal(node.text if node.is_quoted else plain_scalar(node))


def plain_scalar(node: ScalarNode) -> str | int | float | bool | None:
    """
    What a word without quotes is: true, false, null, a number or text, as in YAML 1.2's core schema.
    """
    if node.is_null:
        return None
    if node.text in _TRUTHS:
        return _TRUTHS[node.text]
    if _INTEGER.fullmatch(node.text) and len(node.text) < 400:
        return int(node.text)
    return float(node.text) if _NUMBER.fullmatch(node.text) else node.text


def _text_scalar(value: Value) -> Matcher:
    node = value.node
    assert isinstance(node, ScalarNode)
    return _word_or_regex(value, node) or Equal(node.text)


def _word_or_regex(value: Value, node: ScalarNode) -> Matcher | None:
    if node.text in KINDS and not node.is_quoted:
        return KINDS[node.text]
    found = _REGEX.fullmatch(node.text)
    return _regex(value, found[1], re.IGNORECASE if found[2] else 0) if found else None


def _regex(value: Value, pattern: str, flags: int) -> Matcher:
    try:
        return Regex(re.compile(pattern, flags))
    except (re.error, OverflowError, RecursionError) as error:
        raise value.error(f"{quoted(pattern)} is no regular expression: {error}") from None


def _literal(value: Value, depth: int = 0) -> Matcher:
    """
    Exactly what is written, with no words that stand for something.
    """
    if depth > MAX_DEPTH:
        raise value.error("this mapping or list holds itself; take the alias out")
    node = value.node
    if isinstance(node, ScalarNode):
        return Equal(node.text if node.is_quoted else plain_scalar(node))
    if isinstance(node, SequenceNode):
        return Items(tuple(_literal(item, depth + 1) for item in items(value, "an item")))
    inside = {key: _literal(member, depth + 1) for key, member in members(value).items()}
    return Fields(inside, exactly=True)


def number(value: Value) -> float:
    """
    A number, with or without a fraction.
    """
    node = value.node
    if isinstance(node, ScalarNode) and not node.is_quoted and _NUMBER.fullmatch(node.text):
        return int(node.text) if _INTEGER.fullmatch(node.text) and len(node.text) < 400 else float(node.text)
    raise value.expected("a number")


def _read_regex(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    return _regex(value, text(value), 0)


def _read_contains(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    return Contains(_matcher(value, read, depth))


def _read_equals(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    if isinstance(value.node, ScalarNode) and read is _text_scalar:
        return Equal(value.node.text)
    return _literal(value)


def _read_exactly(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    if not isinstance(value.node, MappingNode):
        raise value.expected("a mapping")
    return Fields(
        {key: _matcher(member, read, depth) for key, member in members(value).items()}, exactly=True
    )


def _read_not(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    return Not(_matcher(value, read, depth))


def _read_one_of(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    choices = tuple(_matcher(item, read, depth) for item in items(value, "a choice"))
    if not choices:
        raise value.expected("a list of values")
    return OneOf(choices)


def _read_from(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    return Range(least=number(value))


def _read_to(value: Value, read: Callable[[Value], Matcher], depth: int) -> Matcher:
    return Range(most=number(value))


_MATCHERS: Mapping[str, Callable[[Value, Callable[[Value], Matcher], int], Matcher]] = {
    "$regex": _read_regex,
    "$contains": _read_contains,
    "$equals": _read_equals,
    "$exactly": _read_exactly,
    "$not": _read_not,
    "$one_of": _read_one_of,
    "$from": _read_from,
    "$to": _read_to,
}
_APPROXIMATELY = ("$approx", "$within")

WORDS = (*_MATCHERS, *_APPROXIMATELY)
"""The keys of mappings that are matchers."""


def _special(
    value: Value, found: Mapping[str, Value], read: Callable[[Value], Matcher], depth: int
) -> Matcher:
    parts: list[Matcher] = []
    for key, member in found.items():
        if key in _MATCHERS:
            parts.append(_MATCHERS[key](member, read, depth))
        elif key not in _APPROXIMATELY:
            raise _unknown(key, member)
    if any(key in found for key in _APPROXIMATELY):
        if not all(key in found for key in _APPROXIMATELY):
            raise value.error("$approx says about how much, and $within how far off it may be; give both")
        about, off = number(found["$approx"]), number(found["$within"])
        parts.append(Range(about - off, about + off))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _unknown(key: str, member: Value) -> InputError:
    return member.error(f"unknown matcher {quoted(key)}; {meant_or_known(key, WORDS)}")

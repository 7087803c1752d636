"""
What is wrong with YAML that cannot be parsed, in plain words.

PyYAML's two parsers word the same mistake differently, and in the terms of the YAML specification.
Here are the mistakes that people make; anything else keeps PyYAML's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import yaml

from luahost.errors import InputError


class _Scene(NamedTuple):
    """
    A mistake as PyYAML tells of it. ``begun`` is the line where the broken thing begins.
    """

    character: str
    begun: int


def _odd_character(scene: _Scene) -> str:
    if scene.character == "\t":
        return "a tab where only spaces may indent; replace it by spaces"
    return f'a value cannot begin with "{scene.character}"; put it in quotes'


_MISTAKES: tuple[tuple[str, str, Callable[[_Scene], str]], ...] = (
    ("cannot start any token", "here", _odd_character),
    ("tab character", "here", lambda scene: "a tab where only spaces may indent; replace it by spaces"),
    (
        "mapping values are not allowed",
        "here",
        lambda scene: (
            'a ":" that does not fit; the line is indented too far, the line before lacks its ":",'
            ' or text with ": " in it needs quotes'
        ),
    ),
    (
        "unknown escape character",
        "here",
        lambda scene: "in double quotes a backslash is special; write it without quotes or in single ones",
    ),
    ("unexpected end of stream", "begun", lambda scene: "this text in quotes is never closed"),
    (
        r"expected ',' or '\]'",
        "begun",
        lambda scene: 'this list wants a "," between its items and a "]" at its end',
    ),
    (
        r"expected ',' or '}'",
        "begun",
        lambda scene: 'this mapping wants a "," between its keys and a "}" at its end',
    ),
    (
        "expected <block end>|expected key|expected '-' indicator",
        "here",
        lambda scene: f"this does not go on as line {scene.begun} began; look at how far it is indented",
    ),
    ("could not find expected ':'", "begun", lambda scene: 'this key lacks its ":"'),
)
"""A mistake's words in PyYAML, the line that is to blame, and our words."""


def syntax_error(error: yaml.YAMLError, text: str, file: str) -> InputError:
    """
    The error to raise for one of PyYAML's.
    """
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    if mark is None:
        return InputError(f"not YAML: {problem}", file=file)
    context = getattr(error, "context_mark", None) or mark
    begun = context.line + 1
    for words, blamed, ours in _MISTAKES:
        if re.search(words, problem):
            character = text[mark.index : mark.index + 1]
            return _at(context if blamed == "begun" else mark, ours(_Scene(character, begun)), file)
    return _at(mark, f"not YAML: {problem}", file)


def _at(mark: yaml.Mark, words: str, file: str) -> InputError:
    return InputError(words, file=file, line=mark.line + 1, column=mark.column + 1)

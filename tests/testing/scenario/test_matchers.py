"""
What values are taken, and how those are shown that are not.
"""

from __future__ import annotations

from typing import Any

import pytest

from luahost.documents.values import Document, Value
from luahost.documents.yaml_tree import read_tree
from luahost.testing.scenario.matcher_words import matcher, text_matcher
from luahost.testing.scenario.matchers import ABSENT, Matcher


def written(text: str, read: Any = matcher) -> Matcher:
    """
    The matcher that stands in YAML.
    """
    tree = read_tree(text.encode(), file="t.yaml", what="a test")
    assert tree is not None
    found: Matcher = read(Value("it", tree, Document("t.yaml"), 1))
    return found


TAKES: list[tuple[str, list[Any], list[Any]]] = [
    ("1", [1, 1.0], ["1", True, 2, None, ABSENT]),
    ("1.5", [1.5], ["1.5", 1]),
    ('"1"', ["1", b"1"], [1, 1.0]),
    ("true", [True], [1, "true", False]),
    ("yes", ["yes"], [True]),
    ("null", [None], [ABSENT, "null", 0]),
    ("~", [None], ["~"]),
    ("Hi", ["Hi", b"Hi"], ["hi", ["Hi"]]),
    ("/h.t/", ["a hat", b"hot"], ["Hat", 1, None]),
    ("/^h/i", ["Hat"], ["a hat"]),
    ("$any", ["", 0, False, []], [None, ABSENT]),
    ("$absent", [None, ABSENT], ["", 0, False]),
    ('"$any"', ["$any"], ["x"]),
    ("$Label1", ["$Label1"], ["x"]),
    ("$text", ["", b""], [1, None]),
    ("$number", [1, 1.5], [True, "1"]),
    ("$integer", [1], [1.0, True, "1"]),
    ("$boolean", [True, False], [1, "true"]),
    ("$list", [[], (1,)], ["x", {}]),
    ("$mapping", [{}], [[]]),
    ("{$contains: b}", ["abc", ["a", "b"]], ["ac", ["abc"], None]),
    ("{$contains: {uid: 2}}", [[{"uid": 1}, {"uid": 2}]], [[{"uid": 1}], "uid: 2"]),
    ("{$from: 1, $to: 5}", [1, 2.5, 5], [0.9, 6, "3", float("nan"), True]),
    ("{$from: 1}", [1e9, 10**400, float("inf")], [0]),
    ("{$approx: 5, $within: 0.5}", [4.5, 5, 5.5], [4.4, 6]),
    ("{$not: 500}", [200, None], [500]),
    ("{$one_of: [200, /ok/]}", [200, "ok"], [204, "no"]),
    ("{$regex: ^/x/$}", ["/x/"], ["x"]),
    ("{$regex: ^a, $not: abc}", ["ab"], ["abc", "b"]),
    ("{$equals: {a: $any}}", [{"a": "$any"}], [{"a": "x"}, {"a": "$any", "b": 1}]),
    ("{$equals: /x/}", ["/x/"], ["x"]),
    ("{a: 1, b: $absent}", [{"a": 1}, {"a": 1, "c": 2}], [{"a": 2}, {"a": 1, "b": 1}, {}, [], None]),
    ("{$exactly: {a: 1}}", [{"a": 1}], [{"a": 1, "b": 2}]),
    ("{}", [{}, {"a": 1}], [[]]),
    ("[1, $text]", [[1, "a"], (1, "b")], [[1], [1, "a", 2], ["a", 1], "1a"]),
    ("[]", [[], ()], [[1], {}]),
]


@pytest.mark.parametrize(("text", "takes", "refuses"), TAKES, ids=[text for text, _, _ in TAKES])
def test_takes(text: str, takes: list[Any], refuses: list[Any]) -> None:
    """
    Each matcher takes what it is for and nothing else, and tells a difference where it refuses.
    """
    found = written(text)

    assert [value for value in takes if not found.matches(value)] == []
    assert [value for value in refuses if found.matches(value)] == []
    assert [value for value in takes if list(found.differences(value))] == []
    assert [value for value in refuses if not list(found.differences(value))] == []


@pytest.mark.parametrize(
    ("text", "takes"), [("1", "1"), ("true", "true"), ("~", "~"), ("1.0", "1.0"), ("{$equals: 1}", "1")]
)
def test_text_is_text(text: str, takes: str) -> None:
    """
    Where there is text only, numbers and such words are text as they are written.
    """
    assert written(text, text_matcher).matches(takes)
    assert not written(text, text_matcher).matches(1)


@pytest.mark.parametrize(
    ("text", "value", "lines"),
    [
        ("{a: {b: [1, 2]}}", {"a": {"b": [1, 3]}}, ["a.b[1]: 2 / 3"]),
        ("{a: 1, b: 2}", {"b": 3}, ["a: 1 / nothing", "b: 2 / 3"]),
        ("[1]", [1, {"x": None}], ["[1]: nothing / {x: null}"]),
        ("{$exactly: {}}", {"a": "b"}, ['a: nothing / "b"']),
        ("{a: $text}", {"a": 1}, ["a: $text / 1"]),
        ('"1"', 1, [': "1" / 1']),
        ("{$from: 1, $to: 2}", 3, [": at least 1 and at most 2 / 3"]),
        ("/a/i", "b\x1b", [': /a/i / "b\\u001b"']),
        ("x", {"a": b"\xff"}, [': "x" / {a: "\\udcff"}']),
        ("x", float("inf"), [': "x" / {"float": "inf"}']),
    ],
)
def test_differences(text: str, value: Any, lines: list[str]) -> None:
    """
    A difference names the place in the value, and shows both sides in one line without control characters.
    """
    found = [f"{one.path}: {one.expected} / {one.got}" for one in written(text).differences(value)]

    assert found == lines


def test_deep_values_are_cut() -> None:
    """
    A value may be nested as deep as JSON can be.
    """
    value: Any = []
    for _ in range(900):
        value = [value]

    (difference,) = written("x").differences(value)
    assert difference.got == "[" * 21 + "…" + "]" * 21


def test_long_texts_are_cut_to_where_they_differ() -> None:
    """
    Of two long texts the part is shown in which they differ.
    """
    (difference,) = written("a" * 300 + "xyz").differences("a" * 300 + "xYz")

    assert difference.expected == '…"' + "a" * 39 + 'xyz"'
    assert difference.got == '…"' + "a" * 39 + 'xYz"'

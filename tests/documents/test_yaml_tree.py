"""
YAML that is no YAML, or more than people need.
"""

from __future__ import annotations

import pytest
import yaml

from luahost.documents.values import Document, Value, items, members
from luahost.documents.yaml_tree import Loader, SequenceNode, read_tree
from luahost.errors import InputError

BAD_COLON = (
    'a ":" that does not fit; the line is indented too far, the line before lacks its ":",'
    ' or text with ": " in it needs quotes'
)
TAB = "a tab where only spaces may indent; replace it by spaces"
LIST = 'this list wants a "," between its items and a "]" at its end'
MAPPING = 'this mapping wants a "," between its keys and a "}" at its end'
TOO_DEEP = "more than 100 levels of lists and mappings"


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("a:\n\t- b\n", f"2: {TAB}"),
        ("\ta: b\n", f"1: {TAB}"),
        ("a: |\n  b\n\tc\n", f"3: {TAB}"),
        ("a: b: c\n", f"1: {BAD_COLON}"),
        ("a\nb: c\n", f"2: {BAD_COLON}"),
        ("a: 1\n  b: 2\n", f"2: {BAD_COLON}"),
        ("a: 1\nb\nc: 2\n", '2: this key lacks its ":"'),
        (
            'a: 1\nb: "\\Seen"\n',
            "2: in double quotes a backslash is special; write it without quotes or in single ones",
        ),
        ("a: 1\nb: 'c\nd: 2\n", "2: this text in quotes is never closed"),
        ('a: 1\nb: "c\nd: 2\n', "2: this text in quotes is never closed"),
        ("a: 1\nb: [1,\n 2\nc: 1\n", f"2: {LIST}"),
        ("a: [1, 2\n", f"1: {LIST}"),
        ("a: {b: 1\n", f"1: {MAPPING}"),
        ("a: {b: 1 c: 2}\n", f"1: {MAPPING}"),
        ("a:\n  - b\n - c\n", "3: this does not go on as line 1 began; look at how far it is indented"),
        ("- a\nb: 1\n", "2: this does not go on as line 1 began; look at how far it is indented"),
        ("a: @b\n", '1: a value cannot begin with "@"; put it in quotes'),
        ("a: `b\n", '1: a value cannot begin with "`"; put it in quotes'),
        ("a: %b\n", '1: a value cannot begin with "%"; put it in quotes'),
        ("é: 'ü'\nb: @c\n", '2: a value cannot begin with "@"; put it in quotes'),
        ("a: 1\n---\nb: 2\n", "2: a fixture is one document, found a second one"),
        ("--- \n---\na: 1\n", "2: a fixture is one document, found a second one"),
        ("a: *b\n", "1: *b has no &b before it"),
        ("a: [*b, &b c]\n", "1: *b has no &b before it"),
        (
            "a: 1\nb: !!python/object:os.system c\n",
            '2: the tag "!!python/object:os.system" has no meaning here;'
            " a fixture is text, numbers, lists and mappings",
        ),
        (
            "a: !!python/object/apply:os.system [c]\n",
            '1: the tag "!!python/object/apply:os.system" has no meaning here;'
            " a fixture is text, numbers, lists and mappings",
        ),
        (
            "a: !b {c: 1}\n",
            '1: the tag "!b" has no meaning here; a fixture is text, numbers, lists and mappings',
        ),
        ("[" * 100_000, f"1: {TOO_DEEP}"),
        ("{a: " * 100_000, f"1: {TOO_DEEP}"),
        ("- " * 100_000, f"1: {TOO_DEEP}"),
        ("".join(" " * depth + "a:\n" for depth in range(150)), f"100: {TOO_DEEP}"),
        ("a: b\nc: \x07\n", "2: the control character U+0007 may not stand in YAML; take it out"),
        ("a: b\nc: \x00\n", "2: the control character U+0000 may not stand in YAML; take it out"),
    ],
)
def test_what_people_get_wrong_is_said_in_plain_words(loader: Loader, written: str, words: str) -> None:
    """
    Common mistakes get the line to look at and what to do, the same from both of PyYAML's parsers.
    """
    with pytest.raises(InputError) as caught:
        read_tree(written.encode(), file="f.yaml", what="a fixture", loader=loader)

    assert str(caught.value) == f"f.yaml:{words}"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"a: |x\n b\n", "1: not YAML: did not find expected comment or line break"),
        (b'a: b\nc: "\\ud800"\n', "2: not YAML: found invalid Unicode character escape code"),
        (b"a: b\nc: caf\xe9\n", "2: a fixture is text in UTF-8, found the byte 0xe9; save the file as UTF-8"),
        (
            "a: b\n".encode("utf-16"),
            "1: a fixture is text in UTF-8, found the byte 0xff; save the file as UTF-8",
        ),
    ],
)
def test_other_mistakes_keep_libyamls_words(written: bytes, words: str) -> None:
    """
    What is rare is told as the parser tells it; what is no text at all is told by its first bad byte.
    """
    with pytest.raises(InputError) as caught:
        read_tree(written, file="f.yaml", what="a fixture", loader=yaml.CSafeLoader)

    assert str(caught.value) == f"f.yaml:{words}"


def test_half_a_character_is_refused() -> None:
    """
    A lone surrogate, which PyYAML's own parser lets pass, could never be encoded again.
    """
    with pytest.raises(InputError) as caught:
        read_tree(b'a: "\\ud800"\n', file="f.yaml", what="a fixture", loader=yaml.SafeLoader)

    assert str(caught.value) == "f.yaml:1: U+D800 is half a character; write the whole one"


@pytest.mark.parametrize("written", [b"", b"# only a comment\n", b"\xef\xbb\xbf"])
def test_no_document_is_no_tree(written: bytes) -> None:
    """
    A file without content has nothing to read.
    """
    assert read_tree(written, file="f.yaml", what="a fixture") is None


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("ä: [a, !b c]", (1, 8)),
        ("a: 1\nb: {c: *d}", (2, 8)),
        ("a: [1", (1, 4)),
        ("when:\n\t- a", (2, 1)),
        ("ab: c\x01d", (1, 6)),
    ],
)
def test_what_is_wrong_has_a_column(loader: Loader, written: str, place: tuple[int, int]) -> None:
    """
    Columns are characters, from 1, whichever parser finds the mistake.
    """
    with pytest.raises(InputError) as caught:
        read_tree(written.encode(), file="f.yaml", what="a fixture", loader=loader)

    assert (caught.value.line, caught.value.column) == place


def test_a_byte_that_is_no_utf_8_has_a_column() -> None:
    """
    Of a line that cannot be read the characters before are counted; a byte order mark is none.
    """
    with pytest.raises(InputError) as caught:
        read_tree("\ufeffaä: ".encode() + b"\xff", file="f.yaml", what="a fixture")

    assert (caught.value.line, caught.value.column) == (1, 5)
    assert "the byte 0xff;" in str(caught.value)


def test_values_know_their_columns() -> None:
    """
    A value is where its key is, and an item of a list where it begins.
    """
    tree = read_tree(b"a: 1\nb: {c: [d, e]}", file="f.yaml", what="a fixture")
    assert tree is not None
    inner = members(members(Value("it", tree, Document("f.yaml"), 1))["b"])["c"]

    assert (inner.error("no").line, inner.error("no").column) == (2, 5)
    assert [item.error("no").column for item in items(inner, "an item")] == [9, 12]


@pytest.mark.parametrize(
    ("repeated", "most"),
    [
        # Ten lists of ten, and the list around them; ten mappings that each merge ten that hold nothing.
        ("- - &l [1" + ", 1" * 9 + "]" + "\n  - *l" * 9, 112),
        (
            "- a: {<<: &m [&n {}"
            + ", *n" * 9
            + "]}"
            + "".join(f"\n  {key}: {{<<: *m}}" for key in "bcdefghij"),
            142,
        ),
    ],
)
def test_values_count_wherever_an_alias_repeats_them(repeated: str, most: int) -> None:
    """
    So many values are read, and one fewer is too few: what an alias stands for counts each time.
    """

    def read(most_values: int) -> None:
        tree = read_tree(repeated.encode(), file="f.yaml", what="a fixture")
        assert tree is not None
        (outer,) = items(Value("it", tree, Document("f.yaml", most_values=most_values), 1), "an item")
        if isinstance(outer.node, SequenceNode):
            for inner in items(outer, "an item"):
                items(inner, "an item")
        else:
            for merging in members(outer).values():
                members(merging)

    read(most)
    with pytest.raises(InputError, match=f"more than {most - 1} values; aliases repeat too much"):
        read(most - 1)

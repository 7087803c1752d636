"""
No bytes, however they came about, make the reader of fixtures fail with anything but InputError.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.errors import InputError
from luahost.sources import Input
from luahost.sources.fixture import read_fixture

SHIPPED = [path.read_bytes() for path in sorted(Path(__file__).parents[2].glob("fixtures/*.yaml"))]
TOKENS = [
    *(b"&a ", b"*a", b"<<: ", b"[", b"]", b"{", b"}", b": ", b"- ", b"\n", b"\n  ", b"\t", b", ", b"'", b'"'),
    *(b"|\n", b"? ", b"---\n", b"%YAML 1.1\n", b"#", b"!!python/none ", b"~", b"-1", b"010", b"\\Seen"),
    *(
        b"deliver",
        b"when",
        b"user",
        b"MessageNew",
        b"mailbox",
        b"uid",
        b"inbox",
        b"//",
        b'"\\udc80"',
        b'"\\0"',
    ),
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
]


def outcome(data: bytes) -> Input | InputError:
    """
    What comes of it. Its messages are looked for in a folder that does not exist.
    """
    try:
        return read_fixture(data, file="no-such-folder/f.yaml")
    except InputError as error:
        return error


@given(st.binary())
@settings(deadline=None)
def test_random_bytes(data: bytes) -> None:
    """
    Random bytes are an input or an InputError.
    """
    assert isinstance(outcome(data), Input | InputError)


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join))
@settings(max_examples=100)
def test_random_tokens(data: bytes) -> None:
    """
    Pieces of fixtures in any order are an input or an InputError with a line.
    """
    found = outcome(data)

    assert isinstance(found, Input) or found.line is not None


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """
    A shipped fixture with some of its bytes replaced.
    """
    data = draw(st.sampled_from(SHIPPED))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 30)))
        data = data[:start] + draw(st.sampled_from(TOKENS) | st.binary(max_size=4)) + data[end:]
    return data


@given(mutated())
@settings(max_examples=100)
def test_mutated_fixtures(data: bytes) -> None:
    """
    A fixture with mistakes in it is an input or an InputError with a line.
    """
    found = outcome(data)

    assert isinstance(found, Input) or found.line is not None

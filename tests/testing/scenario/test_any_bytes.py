"""
No bytes, however they came about, make the reader of scenarios fail with anything but InputError.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.errors import InputError
from luahost.testing.scenario.read import Scenario, read_scenarios

SCRIPTS = Path(__file__).parents[3] / "scripts"
SHIPPED = [path.read_bytes() for path in sorted(SCRIPTS.glob("*.luatest.yaml"))]
TOKENS = [
    *(b"&a ", b"*a", b"<<: ", b"[", b"]", b"{", b"}", b": ", b"- ", b"\n", b"\n  ", b", ", b"'", b'"', b"~"),
    *(b"then", b"when", b"endpoint", b"requests", b"POST http://x/", b"json", b"form", b"answers", b"fault"),
    *(b"$any", b"$regex", b"$from", b"$one_of", b"$equals", b"/(/", b"/x/i", b"-1", b"1e999", b"9" * 20),
    *(b"script", b"dialects", b"all", b"clock", b"snapshot", b"seconds", b"count", b"\x00", b"\xff"),
]


def outcome(data: bytes) -> tuple[Scenario, ...] | InputError:
    """
    What comes of it.
    """
    try:
        return read_scenarios(data, file=str(SCRIPTS / "f.luatest.yaml"))
    except InputError as error:
        return error


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """
    A shipped scenario file with some of its bytes replaced.
    """
    data = draw(st.sampled_from(SHIPPED))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 30)))
        data = data[:start] + draw(st.sampled_from(TOKENS) | st.binary(max_size=4)) + data[end:]
    return data


@given(mutated())
@settings(max_examples=60)
def test_mutated_scenarios(data: bytes) -> None:
    """
    A scenario file with mistakes in it is some scenarios or an InputError with a line.
    """
    found = outcome(data)

    assert found if isinstance(found, tuple) else found.line is not None

"""
Values on their way between Python and Lua.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luahost.runtime import LuaFault
from luahost.testing.spec.values import flat, values

# What text() has when it is not told, for which hypothesis first tries to encode every character there is.
CHARACTERS = st.characters(exclude_categories=["Cs"])
PLAIN = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(CHARACTERS)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(CHARACTERS, min_size=1), inner, min_size=1, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=40)
@given(VALUES)
def test_there_and_back(value: object) -> None:
    """
    A value is the same when it comes back.
    """
    assert values(flat(value)) == [value]


def test_what_lua_has_otherwise() -> None:
    """
    None in a table is left out, an empty table is a list, half of a pair of surrogates becomes bytes, and
    what is too large for an integer is a float.
    """
    assert values(flat({"a": None, "b": {}})) == [{"b": []}]
    assert values(flat([1, None, 3])) == [{1: 1, 3: 3}]
    assert flat("\ud800") == [b"=", b"\xed\xa0\x80"]
    assert flat(2**64) == [b"=", 2.0**64]


@pytest.mark.parametrize(
    "crossed",
    [[b"="], [b"{"], [b"{", b"x"], [b"{", 2, b"=", 1], [b"{", float("inf")], [b"{", 1, b"{", 0, b"=", 1]],
)
def test_nonsense(crossed: list[object]) -> None:
    """
    What no spec hands over is refused.
    """
    with pytest.raises(LuaFault):
        values(crossed)  # type: ignore[arg-type]

"""
Frames: what goes in comes out, and nothing else than frames is taken.
"""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.runtime.codec import LARGEST_FRAME, MOST_VALUES, FrameError, decode, encode, frame_size

plain = st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats() | st.binary()


@given(st.integers(0, 255), st.lists(plain))
def test_round_trip(kind: int, values: list[object]) -> None:
    """
    A frame gives the values back, each of the kind it was.
    """
    found_kind, found = decode(encode(kind, values))

    assert found_kind == kind
    assert list(map(repr, found)) == list(map(repr, values))


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    """
    Bytes that came from anywhere are a frame, which would be written the same, or an error.
    """
    try:
        kind, values = decode(data)
    except FrameError:
        return
    assert encode(kind, values) == data or any(isinstance(one, float) and math.isnan(one) for one in values)


@given(st.lists(plain, max_size=5), st.data())
def test_damaged(values: list[object], data: st.DataObject) -> None:
    """
    So is a frame that was changed in one place, and one that was cut off is an error.
    """
    frame = bytearray(encode(1, values))
    cut = data.draw(st.integers(0, len(frame) - 1))
    with pytest.raises(FrameError):
        decode(bytes(frame[:cut]))
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(frame))
    except FrameError:
        return


@pytest.mark.parametrize("length", [0, LARGEST_FRAME + 1, 0xFFFFFFFF])
def test_lengths_that_no_frame_has(length: int) -> None:
    """
    A length is not believed before it is checked.
    """
    with pytest.raises(FrameError):
        frame_size(struct.pack("<I", length))


def test_string_that_is_longer_than_its_frame() -> None:
    """
    The length of a string is checked too, with nothing set aside for it.
    """
    body = b"\x01s\xff\xff\xff\xffabc"

    with pytest.raises(FrameError, match="beyond its frame"):
        decode(struct.pack("<I", len(body)) + body)


def test_many_values() -> None:
    """
    A frame of single bytes is not made into a list that is many times as large.
    """
    body = b"\x01" + b"N" * MOST_VALUES

    with pytest.raises(FrameError, match="more than"):
        decode(struct.pack("<I", len(body)) + body)
    with pytest.raises(FrameError, match="more than"):
        encode(1, [None] * MOST_VALUES)


def test_what_does_not_cross() -> None:
    """
    Only plain values, integers of Lua's, and frames of a bounded size are written.
    """
    with pytest.raises(TypeError, match="a str does not cross"):
        encode(1, ["text"])
    with pytest.raises(OverflowError):
        encode(1, [1 << 63])
    with pytest.raises(FrameError):
        encode(1, [bytes(LARGEST_FRAME)])

"""
Frames between the server and its workers, however they are cut on their way.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.runtime.codec import FrameError
from luahost.server.worker.frames import Frame, Incoming

FRAMES = st.lists(
    st.builds(
        Frame,
        st.integers(0, 255),
        st.integers(0, 2**32 - 1),
        st.binary(max_size=20),
        st.binary(max_size=20),
    ),
    max_size=5,
)


@given(frames=FRAMES, size=st.integers(1, 60))
def test_frames_cross_in_pieces(frames: list[Frame], size: int) -> None:
    """
    Frames come out as they went in, in whatever pieces they arrive.
    """
    stream = b"".join(frame.packed() for frame in frames)
    incoming = Incoming()

    found = [frame for at in range(0, len(stream), size) for frame in incoming.cut(stream[at : at + size])]

    assert found == frames


@pytest.mark.parametrize(
    "head",
    [
        struct.pack("!IBII", 8, 1, 1, 0),
        struct.pack("!IBII", 9, 1, 1, 1),
        struct.pack("!IBII", 1 << 31, 1, 1, 0),
    ],
)
def test_what_is_no_frame(head: bytes) -> None:
    """
    A length that is too short for what is in it, or larger than any frame, is refused before it is waited
    for.
    """
    with pytest.raises(FrameError):
        list(Incoming().cut(head))


def test_a_frame_that_is_too_large() -> None:
    """
    Nothing is sent that the other side would refuse.
    """
    with pytest.raises(FrameError):
        Frame(1, 1, b"", bytes(33 << 20)).packed()

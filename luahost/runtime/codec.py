"""
Frames between a worker process and its host: plain values as bytes, and back.

A frame is a length, a kind and values::

    frame  = u32 length of what follows | u8 kind | value…
    value  = "N" | "T" | "F" | "i" i64 | "d" f64 | "s" u32 length, bytes        (little-endian)

The other side may be in the hands of an attacker, so nothing here is pickled or evaluated, every
length is checked before it is believed, and whatever is wrong is a :class:`FrameError`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

LARGEST_FRAME = 32 << 20
"""Bytes. Two or three of them are in memory at a time."""

MOST_VALUES = 100_000
"""Of one frame: a byte can stand for a value, which is many bytes in Python."""

HEADER = struct.Struct("<IB")
_SIZE = struct.Struct("<I")
_STRING = struct.Struct("<cI")
_INTEGER = struct.Struct("<cq")
_FLOAT = struct.Struct("<cd")

SINGLES = {ord("N"): None, ord("T"): True, ord("F"): False}


class FrameError(ValueError):
    """
    Bytes that are no frame, or a frame that would be too large.
    """


def encode(kind: int, values: Iterable[Any]) -> bytes:
    """
    A frame.

    Raises:
        TypeError: A value is not plain.

        OverflowError: An integer is none of Lua's.

        FrameError: It would be too large.
    """
    parts = [b""]
    for value in values:
        if isinstance(value, bytes):
            parts.append(_STRING.pack(b"s", len(value)))
            parts.append(value)
        elif value is None:
            parts.append(b"N")
        elif isinstance(value, bool):
            parts.append(b"T" if value else b"F")
        elif isinstance(value, int):
            if not -1 << 63 <= value < 1 << 63:
                raise OverflowError(f"{value} is no integer of Lua's")
            parts.append(_INTEGER.pack(b"i", value))
        elif isinstance(value, float):
            parts.append(_FLOAT.pack(b"d", value))
        else:
            raise TypeError(f"a {type(value).__name__} does not cross into another process")
    if len(parts) > MOST_VALUES:
        raise FrameError(f"a frame of more than {MOST_VALUES} values")
    length = 1 + sum(map(len, parts))
    if length > LARGEST_FRAME:
        raise FrameError(f"a frame of {length} bytes; the largest has {LARGEST_FRAME}")
    parts[0] = HEADER.pack(length, kind)
    return b"".join(parts)


def frame_size(head: bytes | bytearray, largest: int = LARGEST_FRAME) -> int:
    """
    The size of the frame that begins so, header and all; ``head`` has at least four bytes.

    Raises:
        FrameError: It would be empty or too large.
    """
    (length,) = _SIZE.unpack_from(head)
    if not 1 <= length <= largest:
        raise FrameError(f"a frame of {length} bytes")
    return _SIZE.size + int(length)


def decode(frame: bytes) -> tuple[int, list[Any]]:
    """
    Kind and values of a whole frame.

    Raises:
        FrameError: It is none.
    """
    size = len(frame)
    if size < HEADER.size or frame_size(frame) != size:
        raise FrameError("a frame that is not as long as it says")
    at = HEADER.size
    values: list[Any] = []
    add = values.append
    try:
        while at < size:
            tag = frame[at]
            at += 1
            if tag == 0x73:  # s
                (length,) = _SIZE.unpack_from(frame, at)
                at += 4
                if length > size - at:
                    raise FrameError("a string that goes beyond its frame")
                add(frame[at : at + length])
                at += length
            elif tag == 0x69:  # i
                add(int.from_bytes(frame[at : at + 8], "little", signed=True))
                at += 8
            elif tag == 0x64:  # d
                add(_FLOAT.unpack_from(frame, at - 1)[1])
                at += 8
            elif tag in SINGLES:
                add(SINGLES[tag])
            else:
                raise FrameError(f"a value of the unknown kind {tag}")
            if len(values) >= MOST_VALUES:
                raise FrameError(f"a frame of more than {MOST_VALUES} values")
    except struct.error:
        raise FrameError("a value that goes beyond its frame") from None
    if at != size:
        raise FrameError("a value that goes beyond its frame")
    return frame[4], values

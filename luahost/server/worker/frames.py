"""
What server and worker say to each other: frames with a kind, the number of a flight (one transaction under
way, whose frames are its own), a document, and perhaps a transaction's payload.

A frame is a length, kind, number and the document's length, then both (big-endian)::

    u32 length of what follows | u8 kind | u32 flight | u32 length of the document | document | payload

A document is an object in MessagePack, which msgspec writes and reads in C at a fraction of the cost of
JSON; or in JSON, if it holds what MessagePack cannot: surrogate escapes, and integers beyond 64 bits.

The worker may be in the hands of an attacker, so what it sends is data and nothing else: nothing is
unpickled, and whatever is not what it should be is a :class:`~luahost.runtime.codec.FrameError`.
"""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from luahost.runtime.codec import LARGEST_FRAME, FrameError

# From the server.
RUN, CLOSE, ANSWER = 41, 42, 43
"""
Run a transaction (document, payload); end all sessions; what a question came to (document).
"""

# From the worker.
SETUP, READ, EXCHANGE, METADATA, PAUSE, TOLD, DONE, STOPPED = 51, 52, 53, 54, 55, 56, 57, 58
"""
How is a session of this user set up; the bytes of a file; send a request; look into METADATA or change it;
let time pass; what has happened so far, which is no question; the transaction is over; a limit has struck
where only the end of the process helps. All of them carry the effects that the server has not heard of, if
there are any, and the ``session`` of theirs or of the question, with ``outside`` where that belongs to no
transaction; the last two of the kinds the ``calls`` of scripts' functions as well: ``[driver, function, how
often]``.
"""

_HEAD = struct.Struct("!IBII")
_BEYOND_SIZE = _HEAD.size - 4

_pack = msgspec.msgpack.Encoder().encode
_encode = json.JSONEncoder(separators=(",", ":")).encode

SHORT_BYTES = 200
"""Documents up to this length may be remembered: transactions of a script mostly end with the same words, and
endpoints answer with them. Those with a request or a line of a log are longer, and each is different."""

MOST_REMEMBERED = 1000
"""How many documents are."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """
    One frame.

    Attributes:
        kind: One of those above.

        flight: Whose it is.

        document: What it says.

        payload: A transaction.
    """

    kind: int
    flight: int
    document: bytes
    payload: bytes = b""

    def packed(self) -> bytes:
        """
        The frame as it crosses.

        Raises:
            FrameError: It would be too large.
        """
        size = _BEYOND_SIZE + len(self.document) + len(self.payload)
        if size > LARGEST_FRAME:
            raise FrameError(f"a frame of {size} bytes; the largest has {LARGEST_FRAME}")
        head = _HEAD.pack(size, self.kind, self.flight, len(self.document))
        return b"".join((head, self.document, self.payload))

    def loaded(self) -> Mapping[str, Any]:
        """
        What it says; not to be changed, as others may have said the same.

        Raises:
            FrameError: It is no object.
        """
        document = self.document
        return _remembered(document) if len(document) <= SHORT_BYTES else _loaded(document)


def _loaded(document: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(document) if document.startswith(b"{") else msgspec.msgpack.decode(document)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise FrameError("a frame without a document") from None
    if not isinstance(found, dict):
        raise FrameError("a document that is no object")
    return found


_remembered = functools.lru_cache(MOST_REMEMBERED)(_loaded)


class Incoming:
    """
    Cuts what comes into frames.
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    def cut(self, data: bytes) -> Iterator[Frame]:
        """
        The frames that are whole with this.

        Raises:
            FrameError: That is none.
        """
        rest = self._rest
        if rest:
            rest += data
        cut = rest or data
        begin, end = 0, len(cut)
        while end - begin >= _HEAD.size:
            size, kind, flight, length = _HEAD.unpack_from(cut, begin)
            if not _BEYOND_SIZE + length <= size <= LARGEST_FRAME:
                raise FrameError(f"a frame of {size} bytes with a document of {length}")
            after = begin + 4 + size
            if after > end:
                break
            middle = begin + _HEAD.size + length
            yield Frame(kind, flight, bytes(cut[begin + _HEAD.size : middle]), bytes(cut[middle:after]))
            begin = after
        if cut is rest:
            del rest[:begin]
        else:
            rest += data[begin:]


def dumped(document: Any) -> bytes:
    """
    A document as bytes. Text may hold surrogate escapes.
    """
    try:
        return _pack(document)
    except (UnicodeEncodeError, OverflowError):
        return _encode(document).encode("ascii")


def binary(value: bytes) -> str:
    """
    Bytes in a document.
    """
    return value.decode("latin-1")


def of_binary(value: Any) -> bytes:
    """
    The bytes that stand so.

    Raises:
        FrameError: None do.
    """
    try:
        return bytes(value.encode("latin-1"))
    except (AttributeError, UnicodeEncodeError):
        raise FrameError("no bytes where some should be") from None

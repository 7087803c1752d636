"""
What server and worker say to each other: frames of one kind with a JSON document, and a transaction's
payload.

The worker may be in the hands of an attacker, so what it sends is data and nothing else: nothing is
unpickled, and whatever is not what it should be is a :class:`~luahost.runtime.codec.FrameError`.
"""

from __future__ import annotations

import json
from typing import Any

from luahost.runtime.codec import FrameError

# From the server.
RUN, CLOSE, ANSWER = 41, 42, 43
"""
Run a transaction (document, payload); end all sessions; what a question came to (document).
"""

# From the worker.
SETUP, READ, EXCHANGE, METADATA, TOLD, DONE, STOPPED = 51, 52, 53, 54, 55, 56, 57
"""
How is a session of this user set up; the bytes of a file; send a request; look into METADATA or change it;
what has happened so far, which is no question; the transaction is over; a limit has struck where only the
end of the process helps. All of them carry the effects that the server has not heard of.
"""

_encode = json.JSONEncoder(separators=(",", ":")).encode


def dumped(document: Any) -> bytes:
    """
    A document as bytes. Text may hold surrogate escapes.
    """
    return _encode(document).encode("ascii")


def loaded(values: list[Any]) -> dict[str, Any]:
    """
    The document of a frame.

    Raises:
        FrameError: There is none.
    """
    try:
        found = json.loads(values[0])
    except (IndexError, TypeError, ValueError, RecursionError):
        raise FrameError("a frame without a document") from None
    if not isinstance(found, dict):
        raise FrameError("a document that is no object")
    return found


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

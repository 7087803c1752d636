"""
A worker's end and its host's end of the socket between them: one frame at a time, back and forth.

The two take turns, as a call stack does: the host enters a function, the worker asks the host for
something, the host may enter another function before it answers, and every entry ends with its
results. So never are two frames on the way, and a worker that sends a second one is not in its right
mind.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from luahost.runtime.codec import LARGEST_FRAME, decode, encode, frame_size

# From the host.
LOOK, ENTER, ANSWER = 1, 2, 3
"""Look for an entry (chunk, name); enter one (handle, arguments…); what an ASK came to (ok, results…)."""

# From the worker.
READY, FOUND, ASK, DONE, FAILED, LIMIT = 11, 12, 13, 14, 15, 16
"""
Process id and lock-down (step, what it came to, …); the handle of an entry or None; a host function is
wanted (chunk, name, arguments…); an entry's results; luahost's own fault in words; a limit was reached.
"""

_AT_ONCE = 1 << 16


def receive(read: Callable[[int], bytes], largest: int = LARGEST_FRAME) -> tuple[int, list[Any]]:
    """
    The next frame.

    Args:
        read: Gives at most so many bytes, none at the end.

        largest: The largest frame that will do, in bytes.

    Raises:
        EOFError: The other side is gone.

        FrameError: It sent something else, or more than one frame.
    """
    frame = _some(read, _AT_ONCE)
    if len(frame) >= 4 and len(frame) == frame_size(frame, largest):
        return decode(frame)
    # Not a list of parts: one that arrives byte by byte would be a great many.
    whole = bytearray(frame)
    while len(whole) < 4:
        whole += _some(read, _AT_ONCE)
    size = frame_size(whole, largest)
    while len(whole) < size:
        whole += _some(read, min(size - len(whole), 1 << 20))
    return decode(bytes(whole))


def _some(read: Callable[[int], bytes], size: int) -> bytes:
    data = read(size)
    if not data:
        raise EOFError
    return data


class WorkerEnd:
    """
    The end in the worker, which ends when its host is gone. It needs no other system calls than read,
    write and exit.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, kind: int, values: Iterable[Any]) -> None:
        """
        Send a frame; the errors are those of :func:`encode`.
        """
        frame = memoryview(encode(kind, values))
        try:
            while frame:
                frame = frame[os.write(self._descriptor, frame) :]
        except OSError:
            os._exit(0)

    def receive(self) -> tuple[int, list[Any]]:
        """
        Wait for a frame.
        """
        try:
            return receive(self._read)
        except (EOFError, OSError):
            os._exit(0)

    def _read(self, size: int) -> bytes:
        return os.read(self._descriptor, size)


class HostEnd:
    """
    The end in the host. Nothing here waits beyond the deadline, whatever the worker does.

    Attributes:
        largest: The largest frame that it takes, in bytes.

        deadline: On the clock of ``time.monotonic``; None if there is none.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self.largest = LARGEST_FRAME
        self.deadline: float | None = None

    def send(self, kind: int, values: Iterable[Any]) -> None:
        """
        Send a frame.

        Raises:
            TimeoutError: The deadline has passed.

            OSError: The worker is gone.
        """
        frame = encode(kind, values)
        self._wait_at_most()
        self._socket.sendall(frame)

    def receive(self) -> tuple[int, list[Any]]:
        """
        Wait for a frame.

        Raises:
            TimeoutError: The deadline has passed.

            EOFError: The worker is gone.

            FrameError: It sent something else.
        """
        return receive(self._read, self.largest)

    def close(self) -> None:
        """
        Let go of the socket.
        """
        self._socket.close()

    def _read(self, size: int) -> bytes:
        self._wait_at_most()
        try:
            return self._socket.recv(size)
        except ConnectionResetError:
            # What we had sent was not read any more.
            return b""

    def _wait_at_most(self) -> None:
        if self.deadline is None:
            self._socket.settimeout(None)
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

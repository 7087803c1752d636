"""
The host's end of the socket to a worker that means no good: whatever it sends, the host goes on in time.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from luahost.runtime.channel import DONE, HostEnd
from luahost.runtime.codec import FrameError, encode

SECONDS = 0.3
PATIENCE_SECONDS = 30
FRAME = encode(DONE, (b"x", 1))


@pytest.fixture
def ends() -> Iterator[tuple[HostEnd, socket.socket]]:
    """
    The host's end, with a deadline, and the worker's.
    """
    ours, theirs = socket.socketpair()
    end = HostEnd(ours)
    end.deadline = time.monotonic() + SECONDS
    with theirs:
        yield end, theirs
    end.close()


def whole(worker: socket.socket) -> None:
    worker.sendall(FRAME)


def in_pieces(worker: socket.socket) -> None:
    for byte in FRAME:
        worker.sendall(bytes([byte]))


def silent(worker: socket.socket) -> None:
    pass


def half(worker: socket.socket) -> None:
    worker.sendall(FRAME[:7])


def dripping(worker: socket.socket) -> None:
    worker.sendall(struct.pack("<I", 1 << 20))
    try:
        while True:
            worker.sendall(b"s")
    except OSError:
        return


def gone(worker: socket.socket) -> None:
    worker.shutdown(socket.SHUT_RDWR)


def gone_halfway(worker: socket.socket) -> None:
    worker.sendall(FRAME[:7])
    worker.shutdown(socket.SHUT_RDWR)


def junk(worker: socket.socket) -> None:
    worker.sendall(b"\x05\0\0\0\x0e????")


def huge(worker: socket.socket) -> None:
    worker.sendall(b"\xff" * 100)


def empty(worker: socket.socket) -> None:
    worker.sendall(bytes(100))


def twice(worker: socket.socket) -> None:
    worker.sendall(FRAME + FRAME)


def flood(worker: socket.socket) -> None:
    try:
        while True:
            worker.sendall(FRAME * 1000)
    except OSError:
        return


@pytest.mark.parametrize("behave", [whole, in_pieces], ids=lambda function: function.__name__)
def test_honest(ends: tuple[HostEnd, socket.socket], behave: Callable[[socket.socket], None]) -> None:
    """
    A frame arrives, however the system cuts it.
    """
    end, worker = ends
    behave(worker)

    assert end.receive() == (DONE, [b"x", 1])


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (silent, TimeoutError),
        (half, TimeoutError),
        (dripping, TimeoutError),
        (gone, EOFError),
        (gone_halfway, EOFError),
        (junk, FrameError),
        (huge, FrameError),
        (empty, FrameError),
        (twice, FrameError),
        (flood, FrameError),
    ],
    ids=lambda value: value.__name__,
)
def test_hostile(
    ends: tuple[HostEnd, socket.socket], behave: Callable[[socket.socket], None], error: type[Exception]
) -> None:
    """
    Anything else ends in an error, at the deadline at the latest.
    """
    end, worker = ends
    if error is not TimeoutError:
        # The machine may be busy.
        end.deadline = time.monotonic() + PATIENCE_SECONDS
    thread = threading.Thread(target=behave, args=(worker,))
    thread.start()
    began = time.monotonic()

    with pytest.raises(error):
        end.receive()
    assert time.monotonic() - began < PATIENCE_SECONDS
    end.close()
    thread.join()


def test_worker_that_does_not_read(ends: tuple[HostEnd, socket.socket]) -> None:
    """
    Nor does the host wait to get rid of a frame.
    """
    end, _ = ends

    with pytest.raises(TimeoutError):
        end.send(DONE, (bytes(8 << 20),))

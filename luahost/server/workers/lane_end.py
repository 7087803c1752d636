"""
The server's end of a lane. Unlike a single Lua state, a worker may send several frames one after the other.
"""

from __future__ import annotations

import socket
from typing import Any

from luahost.runtime.channel import HostEnd
from luahost.runtime.codec import decode, frame_size

AT_ONCE = 1 << 16


class LaneEnd(HostEnd):
    """
    A :class:`HostEnd` that keeps what has come beyond a frame for the next one.
    """

    def __init__(self, end: socket.socket) -> None:
        super().__init__(end)
        self._buffer = bytearray()

    def receive(self) -> tuple[int, list[Any]]:
        """
        See :meth:`HostEnd.receive`.
        """
        buffer = self._buffer
        while len(buffer) < 4 or len(buffer) < (size := frame_size(buffer, self.largest)):
            data = self._read(AT_ONCE)
            if not data:
                raise EOFError
            buffer += data
        frame = bytes(buffer[:size])
        del buffer[:size]
        return decode(frame)

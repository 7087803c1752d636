"""
The line to a worker: its socket, which carries what all flights there say.

What flights say in the same moment goes out in one piece, and a greenlet sorts out whose frame it is that has
come. While nobody flies the line belongs to no thread.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from luahost.runtime.codec import FrameError
from luahost.server.cooperation import SimpleQueue, spawn, wait_read, wait_write
from luahost.server.worker.frames import Frame, Incoming, dumped

AT_ONCE = 1 << 18
"""Bytes that are read at once."""

MOST_NUMBERS = 1 << 32
"""Of flights, as far as a frame can say."""


class Flight:
    """
    The server's end of one flight; made by :meth:`Line.open`.

    Args:
        line: What carries it.

        number: Which it is.
    """

    def __init__(self, line: Line, number: int) -> None:
        self.number = number
        self._line = line
        self._frames: Any = SimpleQueue()

    def say(self, kind: int, document: dict[str, Any], payload: bytes = b"") -> None:
        """
        Send a frame.

        Raises:
            FrameError: It would be too large.
        """
        self._line.say(Frame(kind, self.number, dumped(document), payload))

    def hear(self) -> Frame:
        """
        Wait for the next frame.

        Raises:
            EOFError: The worker is gone; ``OSError`` as well.

            FrameError: It sent something else.
        """
        found = self._frames.get()
        if isinstance(found, BaseException):
            raise found
        frame: Frame = found
        return frame

    def arrived(self, found: Frame | BaseException) -> None:
        """
        A frame has come, or there will be none.
        """
        self._frames.put(found)


class Line:
    """
    A line.

    Args:
        end: The server's end of the socket.
    """

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._last = 0
        self._flights: dict[int, Flight] = {}
        self._incoming = Incoming()
        self._said: list[bytes] = []
        self._problem: BaseException | None = None
        self._reader: Any = None
        self._writer: Any = None

    def open(self) -> Flight:
        """
        Begin a flight.
        """
        # Whoever had this number before is long gone.
        self._last = number = (self._last + 1) % MOST_NUMBERS
        flight = self._flights[number] = Flight(self, number)
        if self._problem is not None:
            flight.arrived(self._problem)
        elif self._reader is None:
            self._reader = spawn(self._read)
        return flight

    def end(self, flight: Flight) -> None:
        """
        The flight is over.
        """
        del self._flights[flight.number]
        if not self._flights and self._reader is not None:
            self._reader.kill(block=False)
            self._reader = None

    def say(self, frame: Frame) -> None:
        """
        Send a frame, with those of others who have one in this moment.
        """
        self._said.append(frame.packed())
        if self._writer is None:
            self._writer = spawn(self._write)

    def close(self) -> None:
        """
        Let go of the socket; nobody flies any more.
        """
        self._socket.close()

    def _read(self) -> None:
        try:
            while True:
                data = self._received()
                for frame in self._incoming.cut(data):
                    flight = self._flights.get(frame.flight)
                    if flight is None:
                        raise FrameError("a frame of no flight")
                    flight.arrived(frame)
        except (OSError, EOFError, FrameError) as problem:
            self._problem = problem
            for flight in self._flights.values():
                flight.arrived(problem)

    def _received(self) -> bytes:
        while True:
            try:
                data = self._socket.recv(AT_ONCE)
            except BlockingIOError:
                wait_read(self._socket.fileno())
            else:
                if not data:
                    raise EOFError
                return data

    def _write(self) -> None:
        try:
            # It may be gone; whoever waits hears of it from the reader, after all that it had said.
            with contextlib.suppress(OSError):
                while self._said:
                    said, self._said = self._said, []
                    self._send(memoryview(b"".join(said)))
        finally:
            self._writer = None

    def _send(self, data: memoryview) -> None:
        while data:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                wait_write(self._socket.fileno())

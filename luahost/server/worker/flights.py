"""
All that is under way in a worker: one thread, and a greenlet for each flight.

A flight goes on until it waits for the server; then it is another's turn. So a script may wait wherever it
is, within ``gsub`` and within ``pcall`` of Lua 5.1 as well, and one that waits costs no thread. One that
works for long gives way now and then, too. Where Lua is in a C function that does not end, only the end of
the process helps, for which another thread watches.
"""

from __future__ import annotations

import os
import threading
import time

from greenlet import getcurrent

from luahost.runtime.codec import FrameError
from luahost.server.worker.flight import Flight, Rooms
from luahost.server.worker.frames import ANSWER, Frame, Incoming

AT_ONCE = 1 << 16
"""Bytes that are read at once."""

HELD_SECONDS = 0.005
"""How long what flights have said is held back at most, for others to say something, too."""


class Flights:
    """
    The flights of a worker, which end when the server is gone.

    Args:
        descriptor: The socket to the server.

        rooms: What they share.
    """

    def __init__(self, descriptor: int, rooms: Rooms) -> None:
        self._descriptor = descriptor
        self._rooms = rooms
        self._incoming = Incoming()
        self._by_number: dict[int, Flight] = {}
        self._landed: list[Flight] = []
        self._current: Flight | None = None
        self._main = getcurrent()
        self._writing = threading.Lock()
        self._said: list[bytes] = []
        self._said_since = 0.0

    def serve(self) -> None:
        """
        Do as the server says, for ever.
        """
        while True:
            self.flush()
            try:
                data = os.read(self._descriptor, AT_ONCE)
            except OSError:
                data = b""
            if not data:
                os._exit(0)
            self._hear(data)

    def say(self, frame: Frame) -> None:
        """
        Send a frame soon.
        """
        if not self._said:
            self._said_since = time.monotonic()
        self._said.append(frame.packed())

    def await_frame(self) -> Frame:
        """
        Have the flight that runs wait for the server's next frame to it.
        """
        frame: Frame = self._main.switch()
        return frame

    def stop_overdue(self) -> None:
        """
        End this process if a script runs that should have been stopped long ago; from another thread.
        """
        flight = self._current
        frame = None if flight is None else flight.overdue()
        if frame is None:
            return
        # What others have said before is said, and nothing more after this.
        with self._writing:
            self._said.append(frame.packed())
            self._write()
            os._exit(0)

    def flush(self) -> None:
        """
        Send what was said.
        """
        with self._writing:
            self._write()

    def _write(self) -> None:
        said, self._said = self._said, []
        data = memoryview(b"".join(said))
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            os._exit(0)

    def _hear(self, data: bytes) -> None:
        """
        Let those go on whose frames have come.
        """
        try:
            for frame in self._incoming.cut(data):
                self._arrived(frame)
                if self._said and time.monotonic() - self._said_since > HELD_SECONDS:
                    self.flush()
        except FrameError:
            os._exit(65)

    def _arrived(self, frame: Frame) -> None:
        flight = self._by_number.get(frame.flight)
        if frame.kind == ANSWER:
            if flight is None:
                os._exit(65)
        else:
            flight = self._landed.pop() if self._landed else Flight(self, self._rooms)
            self._by_number[frame.flight] = flight
        self._go_on(flight, frame)

    def _go_on(self, flight: Flight, frame: Frame) -> None:
        self._current = flight
        try:
            flight.switch(frame)
        finally:
            self._current = None
        if flight.landed:
            del self._by_number[flight.number]
            self._landed.append(flight)

"""
The line to a worker: its socket, which carries what all flights there say.

What flights say in the same moment goes out in one piece, and whoever waits for a frame goes on as soon as it
has come: the loop reads, and hands nothing over to anybody else before. While nobody flies the line belongs
to no thread.
"""

from __future__ import annotations

import contextlib
import socket
import time

from luahost.runtime.codec import FrameError
from luahost.server.cooperation import Inbox, Watch, current, soon, spawn, wait_write
from luahost.server.worker.frames import Frame, Incoming

AT_ONCE = 1 << 18
"""Bytes that are read at once."""

MOST_NUMBERS = 1 << 32
"""Of flights, as far as a frame can say."""

LOOK_SECONDS = 1.0
"""How often a line looks for flights whose time is over."""


class Flight:
    """
    The server's end of one flight; made by :meth:`Line.open`, and used by the greenlet that asked for it.

    Args:
        line: What carries it.

        number: Which it is.

    Attributes:
        end: When it must be over, by the monotonic clock; None for never. Its greenlet hears of it by a
            ``TimeoutError``, whatever it waits for then.
    """

    __slots__ = ("_frames", "_greenlet", "_line", "end", "number")

    def __init__(self, line: Line, number: int) -> None:
        self.number = number
        self.end: float | None = None
        self._line = line
        self._frames = Inbox()
        self._greenlet = current()

    def say(self, kind: int, document: bytes, payload: bytes = b"") -> None:
        """
        Send a frame.

        Raises:
            FrameError: It would be too large.
        """
        self._line.say(Frame(kind, self.number, document, payload))

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

    def late(self) -> None:
        """
        Its time is over.
        """
        self.end = None
        self._greenlet.throw(TimeoutError())


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
        self._writing = False
        self._problem: BaseException | None = None
        self._watch: Watch | None = None

    def open(self) -> Flight:
        """
        Begin a flight.
        """
        # Whoever had this number before is long gone.
        self._last = number = (self._last + 1) % MOST_NUMBERS
        flight = self._flights[number] = Flight(self, number)
        if self._problem is not None:
            flight.arrived(self._problem)
        elif self._watch is None:
            self._watch = Watch(self._socket.fileno(), self._read, self._look, LOOK_SECONDS)
        return flight

    def end(self, flight: Flight) -> None:
        """
        The flight is over.
        """
        del self._flights[flight.number]
        if not self._flights:
            self._stop_watching()

    def say(self, frame: Frame) -> None:
        """
        Send a frame, with those of others who have one in this moment.
        """
        self._said.append(frame.packed())
        if not self._writing:
            self._writing = True
            soon(self._write)

    def close(self) -> None:
        """
        Let go of the socket; nobody flies any more.
        """
        self._socket.close()

    def _stop_watching(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()

    def _read(self) -> None:
        """
        Let those go on whose frames have come; called by the loop.
        """
        try:
            data = self._socket.recv(AT_ONCE)
            if not data:
                raise EOFError
            # All of them first: whoever goes on may be the last to fly, and another thread the next.
            frames = list(self._incoming.cut(data))
        except BlockingIOError:
            return
        except (OSError, EOFError, FrameError) as problem:
            self._break(problem)
            return
        for frame in frames:
            flight = self._flights.get(frame.flight)
            if flight is None:
                self._break(FrameError("a frame of no flight"))
                return
            flight.arrived(frame)

    def _break(self, problem: BaseException) -> None:
        """
        Nothing more comes.
        """
        self._problem = problem
        self._stop_watching()
        for flight in list(self._flights.values()):
            flight.arrived(problem)

    def _look(self) -> None:
        """
        Tell those whose time is over; called by the loop.
        """
        now = time.monotonic()
        for flight in list(self._flights.values()):
            if flight.end is not None and flight.end < now:
                flight.late()

    def _write(self) -> None:
        """
        Send what was said; called by the loop, so what does not go out at once is left to a greenlet.
        """
        said, self._said = b"".join(self._said), []
        try:
            sent = self._socket.send(said)
        except BlockingIOError:
            sent = 0
        except OSError:
            # It may be gone; whoever waits hears of it from the loop, after all that it had said.
            sent = len(said)
        if sent < len(said):
            spawn(self._write_on, memoryview(said)[sent:])
        else:
            self._writing = False

    def _write_on(self, data: memoryview) -> None:
        try:
            with contextlib.suppress(OSError):
                while data:
                    wait_write(self._socket.fileno())
                    with contextlib.suppress(BlockingIOError):
                        data = data[self._socket.send(data) :]
                    if not data:
                        data, self._said = memoryview(b"".join(self._said)), []
        finally:
            self._writing = False

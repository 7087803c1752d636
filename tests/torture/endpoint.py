"""
The endpoint of a torture run: real HTTP, moody, and with a log of every request that it read.

What it does with a request hangs on the seed, the request and how often it came, so that it is the same in
another run with that seed.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections import Counter
from types import TracebackType

from tests.torture.records import Answered, Seen

MOODS = {"ok": 80, "500": 5, "503": 2, "429": 2, "reset": 4, "cut": 4, "hang": 1, "silent": 2}
"""What it does with a request, and how often of a hundred."""

END = b"Connection: close\r\n\r\n"
EMPTY = b"Content-Length: 0\r\n" + END
ANSWERS = {
    "ok": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + END + b"ok",
    "500": b"HTTP/1.1 500 Internal Server Error\r\n" + EMPTY,
    "503": b"HTTP/1.1 503 Service Unavailable\r\n" + EMPTY,
    "429": b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\n" + EMPTY,
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n" + END + b"ok",
}
"""``reset`` and ``silent`` answer nothing, ``hang`` waits until the other side has no more patience."""

LONGEST_PAUSE_SECONDS = 0.04
"""Until it answers."""

RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` for a connection that is reset when it is closed."""


class MoodyEndpoint:
    """
    The endpoint, from the beginning to the end of a ``with``.

    Attributes:
        seen: Every request that it read.

        calm: Whether it answers everything well.

        port: Where it is.
    """

    def __init__(self, seed: int) -> None:
        self.seen: list[Seen] = []
        self.calm = False
        self._seed = seed
        self._times: Counter[tuple[str, int, int]] = Counter()
        self._lock = threading.Lock()
        # Keeps the port while nobody listens there, so that connections are refused.
        self._place = _bound(0)
        self.port: int = self._place.getsockname()[1]
        self._listening: socket.socket | None = None

    def __enter__(self) -> MoodyEndpoint:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()
        self._place.close()

    def up(self) -> None:
        """
        Take connections from now on.
        """
        if self._listening is None:
            self._listening = _bound(self.port)
            self._listening.listen(128)
            threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def down(self) -> None:
        """
        Refuse connections from now on.
        """
        listening, self._listening = self._listening, None
        if listening is not None:
            # Closing alone would leave the thread that accepts where it is.
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # Whoever is killed meanwhile resets the connection.
        with connection, contextlib.suppress(OSError):
            request = _read(connection)
            if request is not None:
                fields, body = request
                self._answer(connection, *self._noted(fields, body))

    def _noted(self, fields: dict[str, str], body: str) -> tuple[Seen, random.Random]:
        user, number, step = body.split(" ")
        seen = Seen(
            life=int(fields["traceparent"]),
            identity=fields["webhook-id"],
            user=user,
            number=int(number),
            step=int(step),
            began=time.monotonic(),
        )
        key = user, int(number), int(step)
        with self._lock:
            self.seen.append(seen)
            self._times[key] += 1
            return seen, random.Random(f"{self._seed} {key} {self._times[key]}")

    def _answer(self, connection: socket.socket, seen: Seen, dice: random.Random) -> None:
        mood = "ok" if self.calm else dice.choices(list(MOODS), list(MOODS.values()))[0]
        if mood == "hang":
            seen.ended = seen.began
            connection.recv(1)
            return
        time.sleep(dice.random() * LONGEST_PAUSE_SECONDS)
        # The sender may go on as soon as it has the answer, so these are noted before.
        seen.ended = time.monotonic()
        if mood in ANSWERS:
            seen.answered = {"ok": Answered.GOOD, "cut": Answered.CUT}.get(mood, Answered.BAD)
            try:
                connection.sendall(ANSWERS[mood])
            except OSError:
                seen.answered = Answered.BAD
        elif mood == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


def _read(connection: socket.socket) -> tuple[dict[str, str], str] | None:
    """
    The fields and the body of a request; None if it does not come to its end.
    """
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")[1:]
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(fields["content-length"]):
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
    return fields, body.decode()

"""
``python -m tests.server.bench.soak [NUMBER]``: whether the memory of ``luahost serve`` stays as it is.

So many transactions, a million unless told otherwise, go through the real server as fast as it takes and
runs them; what is done is removed after a second. Every process is looked at all the time, and in the end it
is said how much the memory of all together grew, by a line through what was seen in the last three fifths:
it takes some 50,000 transactions until a server is warm. Exit code 1 if that is more than a twentieth of it
and more than can be chance.
"""

from __future__ import annotations

import json
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from luahost.server.spool import State
from tests.server.bench.load import USERS, transaction
from tests.server.bench.processes import resident_bytes, tree
from tests.server.bench.report import say
from tests.server.bench.served import Served, served

NUMBER = 1_000_000
AT_ONCE = 500
WAITING = 5000
"""How many may be unfinished before it waits: memory is to be that of running, not of a queue that grows."""

USUAL = 90
"""Users whose sessions the server's workers keep. One transaction in fifty is from another user, whose
session takes the place of one of these."""

FEW = AT_ONCE // 50
SAMPLES = 400
WARM = 0.4
"""The part at the beginning that does not count: a server grows until it has been through everything."""

FLAT = 0.05
CHANCE_BYTES = 4 * 2**20
MEGA = 2**20
HEAD_END = b"\r\n\r\n"
OPTIONS = ["keep_seconds: 1", "expire_seconds: 86400"]


class Feed:
    """
    Brings transactions to the server's intake, each time on a new connection: an old one ends while it waits.
    """

    def __init__(self, place: Path) -> None:
        self._place = str(place)
        lines = [json.dumps(transaction(number)).encode() + b"\n" for number in range(USERS)]
        usual, others = lines[:USUAL], lines[USUAL:]
        # Rows of different users, so that many can run; each has another few of the others at its end.
        self._bodies = [
            b"".join([usual[index % USUAL] for index in range(AT_ONCE - FEW)] + others[begin : begin + FEW])
            for begin in range(0, len(others), FEW)
        ]
        self._turn = 0

    def bring(self) -> None:
        """
        Bring as many as go into one request.
        """
        body = self._bodies[self._turn % len(self._bodies)]
        self._turn += 1
        head = (
            "POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._place)
            connection.sendall(head.encode() + body)
            got = b""
            while data := connection.recv(65536):
                got += data
                answer, found, rest = got.partition(HEAD_END)
                if found and len(rest) >= int(answer.lower().partition(b"content-length:")[2].split()[0]):
                    break
        if not answer.startswith(b"HTTP/1.1 202 "):
            raise RuntimeError(f"the server does not take transactions: {answer.decode()}")


@dataclass(slots=True)
class Seen:
    """
    What was seen of the server's memory.

    Attributes:
        number: After how many transactions.

        sizes: Of all processes together then, in bytes.

        most: The most that one process had.

        processes: The ids of all that there were.
    """

    number: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    most: int = 0
    processes: set[int] = field(default_factory=set)

    def look(self, server: Served, number: int) -> None:
        """
        Look once more.
        """
        sizes = {pid: resident_bytes(pid) for pid in tree(server.process.pid)}
        self.number.append(number)
        self.sizes.append(sum(sizes.values()))
        self.most = max(self.most, *sizes.values())
        self.processes |= set(sizes)

    def growth(self) -> tuple[float, float]:
        """
        How many bytes it grew by for each transaction, and in all, once it was warm.
        """
        begin = next(index for index, number in enumerate(self.number) if number >= WARM * self.number[-1])
        numbers, sizes = self.number[begin:], self.sizes[begin:]
        slope = statistics.linear_regression(numbers, sizes).slope
        return slope, slope * (numbers[-1] - numbers[0])

    def flat(self) -> bool:
        """
        Whether it grew by no more than can be chance.
        """
        return self.growth()[1] <= max(FLAT * statistics.median(self.sizes), CHANCE_BYTES)


def soak(folder: Path, number: int) -> Seen:
    """
    Have so many run, and look at memory meanwhile.
    """
    seen, brought, next_look = Seen(), 0, 0
    with served(folder, "nothing", options=OPTIONS) as server:
        place = folder / "server.sock"
        while not place.exists():
            server.status()
            time.sleep(0.05)
        feed, told = Feed(place), time.monotonic()
        while True:
            status = server.status()
            if status.counts[State.DEAD] or status.counts[State.EXPIRED]:
                raise RuntimeError(f"transactions failed: {dict(status.counts)}")
            ran = brought - status.unfinished
            if ran >= next_look:
                seen.look(server, ran)
                next_look = ran + number // SAMPLES
            if ran >= number:
                return seen
            if time.monotonic() - told > 10:
                told = time.monotonic()
                count = len(tree(server.process.pid))
                say(f"after {ran:,}", f"{seen.sizes[-1] / MEGA:7.1f} MB in {count} processes")
            if brought < number and status.unfinished < WAITING:
                feed.bring()
                brought += AT_ONCE
            else:
                time.sleep(0.02)


def main() -> int:
    """
    Soak, and say what came of it.
    """
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    with tempfile.TemporaryDirectory() as folder:
        seen = soak(Path(folder), number)
    slope, grown = seen.growth()
    level, flat = statistics.median(seen.sizes), seen.flat()
    say(
        f"memory over {number:,} transactions",
        f"{level / MEGA:.1f} MB together, at most {seen.most / MEGA:.1f} MB in one of {len(seen.processes)}"
        f" processes; {slope * 1e6 / MEGA:+.1f} MB for each million ({grown / MEGA:+.1f} MB seen)",
        ("flat", flat),
    )
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())

"""
``python -m tests.nats.machine URL SKEW``: a machine that runs transactions in a process of its own, so that
it can be killed; and that process, for who started it.

A line on standard output for each step, with the moment by the monotonic clock, which all processes share:
``began MOMENT NUMBER USER``, ``ended MOMENT``, ``settled`` or ``lost``. After a line on standard input it
stands still in its next transaction, for ever, and says ``stands``. It ends with standard input.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from luahost.config.nats_place import nats_place
from luahost.errors import LuahostError
from luahost.server.spool.nats.spool import NatsSpool
from tests.nats.runs import AGAIN_SECONDS, LONGEST_RUN_SECONDS, Run, SkewedClock, settled

AT_ONCE = 4

START_SECONDS = END_SECONDS = 60.0


def main() -> None:
    """
    Until standard input is closed, or somebody kills it.
    """
    standing_still = threading.Event()
    with _opened() as spool:

        def listen() -> None:
            while sys.stdin.readline():
                standing_still.set()
            spool.drain()

        threading.Thread(target=listen, daemon=True).start()
        while claims := spool.claim(AT_ONCE).result():
            for claim in claims:
                _tell("began", time.monotonic(), int(claim.payload), claim.user)
                if standing_still.is_set():
                    _tell("stands")
                    threading.Event().wait()
                time.sleep(random.random() * LONGEST_RUN_SECONDS)
                _tell("ended", time.monotonic())
                _tell("settled" if settled(spool, claim.id) else "lost")


def _opened() -> NatsSpool:
    """
    The spool, once the servers let us in, as somebody would start a server again that did not start.
    """
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return NatsSpool(nats_place(sys.argv[1]), clock=SkewedClock(int(sys.argv[2])))
        except LuahostError:
            if time.monotonic() > end:
                raise
            time.sleep(AGAIN_SECONDS)


def _tell(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode("ascii"))


class Machine:
    """
    Such a process, from its start to its end.

    Args:
        number: The machine's.

        url: The spool.

        skew: By how many seconds its clock is ahead.

        ran: Is told of each run once it is over, in a thread of our own.
    """

    def __init__(self, number: int, url: str, skew: int, ran: Callable[[Run], None]) -> None:
        self._number = number
        self._ran = ran
        self._stands = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nats.machine", url, str(skew)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def kill(self, seconds: float = END_SECONDS) -> bool:
        """
        SIGKILL while it runs a transaction; whether it began one in time.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(b"stand still\n")
            self._process.stdin.flush()
        ran = self._stands.wait(seconds)
        self._process.kill()
        self._ended()
        return ran

    def end(self) -> None:
        """
        Have it finish what it runs.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._ended()

    def _ended(self) -> None:
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        began: list[str] = []
        ended: float | None = None
        for line in self._process.stdout:
            word, *more = line.decode("ascii").split()
            if word == "began":
                began, ended = more, None
            elif word == "stands":
                self._stands.set()
            elif word == "ended":
                ended = float(more[0])
            else:
                self._tell(began, ended, settled=word == "settled")
                began = []
        if began:
            self._tell(began, ended, settled=False)

    def _tell(self, began: list[str], ended: float | None, *, settled: bool) -> None:
        # What it was killed in was over when it was gone.
        end = time.monotonic() if ended is None else ended
        moment, number, user = began
        self._ran(Run(int(number), user, self._number, float(moment), end, settled))


if __name__ == "__main__":
    main()

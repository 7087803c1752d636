"""
A server of a torture run: the real command in a process of its own, from its start to its end.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import re
import resource
import signal
import threading
import time
from pathlib import Path

from tests.torture import served
from tests.torture.records import Life

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([served.__name__, *served.IMPORTED_LATE])

START_SECONDS = 60.0
END_SECONDS = 60.0
"""How long a busy machine may take for either."""

GONE_SECONDS = 30.0
"""How long processes may outlive their server."""

ALL_AT_ONCE = 0.3
"""How often all of a server's processes are killed, and not one."""

BETWEEN_SECONDS = 0.2
"""Between two signals."""

SERVES = re.compile(r"INFO luahost serves \S+ on (\S+):(\d+)")


class ServerProcess:
    """
    A server that runs.

    Args:
        number: The how-manieth.

        file: Its ``luahost.yaml``.

        clock: See ``served.py``.

    Attributes:
        life: Its log.

        place: Where it listens.

    Raises:
        RuntimeError: It did not start.
    """

    def __init__(self, number: int, file: Path, clock: Path) -> None:
        self.life = Life(number=number)
        ours, theirs = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(target=served.main, args=(file, clock, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._said = ours
        self._listens = threading.Event()
        self.place = ("", 0)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._listens.wait(START_SECONDS) or not self.place[1]:
            self.kill()
            raise RuntimeError(f"server {number} did not start: {' | '.join(self.life.said[-5:])}")

    @property
    def alive(self) -> bool:
        """
        Whether it runs.
        """
        return self._process.is_alive()

    @property
    def _pid(self) -> int:
        # It is there once the process was started.
        assert self._process.pid is not None
        return self._process.pid

    def workers(self) -> list[int]:
        """
        The processes in which scripts run, and the one that makes them.
        """
        return _descendants(self._pid)

    def kill(self) -> None:
        """
        SIGKILL. Of one that has ended by itself, only its end is noted.
        """
        self.life.killed = self.alive
        family = self.workers()
        self._process.kill()
        self._ended(family)

    def terminate(self, *, twice: bool = False) -> None:
        """
        SIGTERM, and wait until it has finished what it runs; a second one has it end at once.
        """
        family = self.workers()
        self._process.terminate()
        if twice:
            self._process.join(BETWEEN_SECONDS)
            # It is as good as killed.
            self.life.killed = self.alive
            self._process.terminate()
        self._ended(family)

    def reload(self) -> None:
        """
        SIGHUP.
        """
        if self.alive:
            os.kill(self._pid, signal.SIGHUP)

    def kill_worker(self, dice: random.Random) -> bool:
        """
        SIGKILL for one of its processes, or for all at once; whether there was one.
        """
        family = self.workers()
        for process in family if dice.random() < ALL_AT_ONCE else [dice.choice(family)] if family else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return bool(family)

    def limit_files(self, most_bytes: int | None) -> None:
        """
        Let it write no file beyond so many bytes, as on a full disk; None: as long as it likes.
        """
        most = resource.RLIM_INFINITY if most_bytes is None else most_bytes
        try:
            resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        except ProcessLookupError:
            return

    def _ended(self, family: list[int]) -> None:
        self._process.join(END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
            self.life.said.append(f"it had not ended after {END_SECONDS} seconds")
        self.life.exit_code = self._process.exitcode
        self.life.died = time.monotonic()
        end = self.life.died + GONE_SECONDS
        while (left := [process for process in family if _runs(process)]) and time.monotonic() < end:
            time.sleep(0.01)
        self.life.left_behind = left
        self._reader.join()

    def _read(self) -> None:
        with open(self._said.fileno(), errors="replace", closefd=False) as lines, self._said:
            for line in lines:
                self.life.said.append(line.rstrip("\n"))
                if not self._listens.is_set() and (found := SERVES.search(line)):
                    self.place = found[1], int(found[2])
                    self._listens.set()
        self._listens.set()


def _descendants(process: int) -> list[int]:
    """
    Children, and theirs.
    """
    found: list[int] = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            own = [int(word) for word in children.read_text("ascii").split()]
        except OSError:
            continue
        for child in own:
            found += [child, *_descendants(child)]
    return found


def _runs(process: int) -> bool:
    """
    Whether it is there, and not only waits to be waited for.
    """
    try:
        status = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:
        return False
    # Its state is the first field behind the name, which may have anything in it (proc_pid_stat(5)).
    return status.rpartition(")")[2].split()[0] != "Z"

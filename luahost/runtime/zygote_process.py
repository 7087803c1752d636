"""
The host's side of a zygote: starts it, has it fork, and learns what its workers died of.

Which zygote that is, its module says: ``zygote.py`` has one Lua state for each worker,
``luahost/server/worker/`` whole sessions.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any

from luahost.errors import UsageError, WorkerStartError
from luahost.runtime.codec import decode, encode
from luahost.runtime.zygote import DEATH, END, FORK, PACKET

START_SECONDS = 60.0
"""How long a zygote or a worker may take to start: some milliseconds, but a machine can be busy."""

MOST_MAPPED_HEAPS = "2"
"""The C library's memory is in so many parts at most, however many threads a worker has."""


class ZygoteProcess:
    """
    A zygote that starts at first use, and again after it was stopped. Not for several threads at once.

    Args:
        module: Whose ``main`` it runs.

    Attributes:
        dead: Workers that were killed and not yet waited for. Whoever kills one adds it, from any thread.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.dead: deque[int] = deque()

    def fork(self, values: Sequence[Any], ends: Sequence[socket.socket]) -> None:
        """
        Have a worker of this kind forked, which answers on the first of these sockets.

        Raises:
            UsageError: There can be none on this system.

            WorkerStartError: The zygote does not start.

            OSError: It is gone.
        """
        if self._control is None:
            self._start()
        assert self._control is not None
        socket.send_fds(self._control, [encode(FORK, values)], [end.fileno() for end in ends])

    def death(self, process: int) -> int:
        """
        The exit status of a worker that was killed, negative for a signal as in ``subprocess``; 0 if nobody
        knows.

        Raises:
            OSError: The zygote is gone; ``FrameError``: it says something else.
        """
        if self._control is None or process not in self.dead:
            return 0
        self.dead.remove(process)
        self._control.sendall(encode(DEATH, (process,)))
        return int(decode(self._control.recv(PACKET))[1][0])

    def bury(self) -> None:
        """
        Have the zygote wait for the dead.
        """
        while self.dead and self._control is not None:
            self._control.sendall(encode(END, (self.dead.popleft(),)))

    def stop(self) -> None:
        """
        End the zygote and with it every worker.
        """
        process = self._process
        self.forget()
        if process is not None:
            process.kill()
            process.wait()

    def forget(self) -> None:
        """
        Let go of it: in a fork of the host it is not this process's.
        """
        if self._control is not None:
            self._control.close()
        self._control, self._process = None, None
        self.dead.clear()

    def leave(self) -> None:
        """
        The same in a fork of the host, whose child the zygote is not.
        """
        if self._process is not None:
            # Not waited for here.
            self._process.returncode = 0
        self.forget()

    def _start(self) -> None:
        if not sys.platform.startswith("linux"):
            raise UsageError(
                "only on Linux can a script have a process of its own; here it runs without isolation"
            )
        here = os.path.dirname(os.path.abspath(__file__))
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.settimeout(START_SECONDS)
        self._control = control
        reading, writing = os.pipe()
        with open(reading, "rb") as problems:
            try:
                with theirs:
                    self._process = subprocess.Popen(
                        [
                            *(sys.executable, "-I", "-S", "-B", os.path.join(here, "zygote_start.py")),
                            *(str(theirs.fileno()), os.path.dirname(here), _folder_of_lupa(), self._module),
                        ],
                        pass_fds=[theirs.fileno()],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=writing,
                        cwd="/",
                        env={
                            # With a name, the C library reads the time zone's file once, not at each os.date.
                            "TZ": os.environ.get("TZ", ":/etc/localtime"),
                            "MALLOC_ARENA_MAX": MOST_MAPPED_HEAPS,
                        },
                        # Ctrl-C is for the host, which ends its workers.
                        start_new_session=True,
                    )
            finally:
                os.close(writing)
            if not control.recv(PACKET):
                reason = problems.read().decode("utf-8", "replace").strip()
                raise WorkerStartError(f"no process for scripts: {reason}")


def _folder_of_lupa() -> str:
    found = importlib.util.find_spec("lupa")
    if found is None or found.origin is None:
        raise UsageError("lupa is not installed")
    return os.path.dirname(os.path.dirname(found.origin))

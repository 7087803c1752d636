"""
The host's side of the zygote: workers on demand, with a spare of each kind ready.

Taking a worker takes the spare and asks for the next one, which is made while the script runs, so the
death of a worker costs the next transaction nothing. One zygote serves the whole process and every
thread of it; it starts at first use.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque

from luahost.errors import UsageError, WorkerStartError
from luahost.runtime.channel import FAILED, READY, HostEnd
from luahost.runtime.codec import FrameError, decode, encode
from luahost.runtime.lockdown import LockdownReport
from luahost.runtime.worker import Order
from luahost.runtime.zygote import DEATH, END, FORK, PACKET

START_SECONDS = 60.0
"""How long a zygote or a worker may take to start: some milliseconds, but a machine can be busy."""

MOST_SPARES = 8
"""Kinds of workers that a spare is kept of, the ones taken last."""


class LiveWorker:
    """
    A worker that runs.

    Attributes:
        end: The host's end of the socket to it.

        report: What its lock-down came to.
    """

    def __init__(self, workers: Workers, end: HostEnd, process: int, report: LockdownReport) -> None:
        self.end = end
        self.process = process
        self.report = report
        self._workers = workers
        self._owner = os.getpid()
        # A handle that no other process can come to stand behind, if the first one ends.
        self._handle: int | None = os.pidfd_open(process)

    def kill(self) -> None:
        """
        End it, if it has not ended by itself. From any thread, within anything; in a fork of the host, only
        let go of it.
        """
        handle, self._handle = self._handle, None
        if handle is not None:
            if self._owner == os.getpid():
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                self._workers.dead.append(self.process)
            os.close(handle)
            self.end.close()

    def death(self) -> int:
        """
        What it died of, once it was killed: the exit status, negative for a signal as in ``subprocess``; 0 if
        nobody knows.
        """
        return self._workers.death(self.process)


class Workers:
    """
    The workers of this process.

    Attributes:
        dead: Workers that were killed and not yet waited for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._spares: dict[Order, HostEnd] = {}
        # Without a lock: a worker is killed by the garbage collector too, and that may run anywhere.
        self.dead: deque[int] = deque()

    def take(self, order: Order) -> LiveWorker:
        """
        A worker of this kind that no script has run in.

        Raises:
            UsageError: There can be none on this system, or there is no such Lua.

            WorkerStartError: It could not be started.
        """
        for last_try in (False, True):
            with self._lock:
                try:
                    end = self._spares.pop(order, None) or self._forked(order)
                    worker = self._ready(end)
                    self._prepare(order)
                    self._bury()
                except (OSError, EOFError, FrameError) as error:
                    # The zygote may have been killed. Its workers are dead with it, and a new one is not.
                    self._stop()
                    if last_try:
                        raise WorkerStartError(f"no process for the script: {error!r}") from error
                else:
                    return worker
        raise AssertionError

    def made(self, order: Order) -> LiveWorker:
        """
        The same, and not the spare.
        """
        with self._lock:
            return self._ready(self._forked(order))

    def death(self, process: int) -> int:
        """
        The exit status of a worker that was killed, 0 if nobody knows.
        """
        with self._lock:
            if self._control is None or process not in self.dead:
                return 0
            self.dead.remove(process)
            try:
                self._control.sendall(encode(DEATH, (process,)))
                return int(decode(self._control.recv(PACKET))[1][0])
            except (OSError, FrameError):
                self._stop()
                return 0

    def _bury(self) -> None:
        """
        Let the zygote wait for the dead.
        """
        while self.dead and self._control is not None:
            self._control.sendall(encode(END, (self.dead.popleft(),)))

    def stop(self) -> None:
        """
        End the zygote and with it every worker. The next one taken starts another.
        """
        with self._lock:
            self._stop()

    def leave(self) -> None:
        """
        Begin anew in a fork of this process; the workers are the first one's.
        """
        self._lock = threading.Lock()
        if self._zygote is not None:
            # It is no child of this process, and not waited for here.
            self._zygote.returncode = 0
        self._forget()

    def report(self, order: Order) -> LockdownReport:
        """
        What the lock-down of such a worker comes to on this system.

        Raises:
            UsageError: There can be none on this system, or there is no such Lua.

            WorkerStartError: It could not be started.
        """
        worker = self.take(order)
        worker.kill()
        return worker.report

    def _ready(self, end: HostEnd) -> LiveWorker:
        end.deadline = time.monotonic() + START_SECONDS
        try:
            kind, values = end.receive()
        except BaseException:
            end.close()
            raise
        end.deadline = None
        if kind == READY:
            return LiveWorker(self, end, values[0], LockdownReport.of(values[1:]))
        end.close()
        if kind == FAILED:
            raise UsageError(values[0].decode("utf-8", "replace"))
        raise FrameError("a worker does not begin so")

    def _prepare(self, order: Order) -> None:
        self._spares[order] = self._forked(order)
        while len(self._spares) > MOST_SPARES:
            self._spares.pop(next(iter(self._spares))).close()

    def _forked(self, order: Order) -> HostEnd:
        control = self._started()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(control, [encode(FORK, order.values())], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return HostEnd(ours)

    def _started(self) -> socket.socket:
        if self._control is None:
            self._start()
        assert self._control is not None
        return self._control

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
                    self._zygote = subprocess.Popen(
                        [
                            *(sys.executable, "-I", "-S", "-B", os.path.join(here, "zygote_start.py")),
                            *(str(theirs.fileno()), os.path.dirname(here), _folder_of_lupa()),
                        ],
                        pass_fds=[theirs.fileno()],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=writing,
                        cwd="/",
                        # With a name, the C library reads the time zone's file once, not at each os.date.
                        env={"TZ": os.environ.get("TZ", ":/etc/localtime")},
                        # Ctrl-C is for the host, which ends its workers.
                        start_new_session=True,
                    )
            finally:
                os.close(writing)
            if not control.recv(PACKET):
                reason = problems.read().decode("utf-8", "replace").strip()
                raise WorkerStartError(f"no process for scripts: {reason}")

    def _stop(self) -> None:
        zygote = self._zygote
        self._forget()
        if zygote is not None:
            zygote.kill()
            zygote.wait()

    def _forget(self) -> None:
        for spare in self._spares.values():
            spare.close()
        if self._control is not None:
            self._control.close()
        self._spares, self._control, self._zygote = {}, None, None
        self.dead.clear()


def _folder_of_lupa() -> str:
    found = importlib.util.find_spec("lupa")
    if found is None or found.origin is None:
        raise UsageError("lupa is not installed")
    return os.path.dirname(os.path.dirname(found.origin))


WORKERS = Workers()
"""Those of this process."""

atexit.register(WORKERS.stop)
os.register_at_fork(after_in_child=WORKERS.leave)

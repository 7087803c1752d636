"""
The command ``luahost`` in a process of its own, without waiting for Python to start and import it each time.

``python -m tests.cli.ready DESCRIPTOR`` imports the command line and serves orders on that socket. For each
it forks: the child gets the order's descriptors, folder and environment, and is the command from there on, as
if it had just been started. How luahost starts is tested where it is started for real, with ``fresh=True``.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

LONGEST_ORDER = 1 << 20

TIMEOUT_SECONDS = 60


class Ready:
    """
    The process that forks, as a test has it. It ends when its socket is closed, as when the tests end.
    """

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST_ORDER)
        self._socket.settimeout(TIMEOUT_SECONDS)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.ready", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )

    def run(
        self, words: tuple[str, ...], stdin: bytes, cwd: Path, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        """
        Be the command with these words.

        Raises:
            TimeoutError: It does not end.
        """
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(stdin)
            given.seek(0)
            order = json.dumps([words, str(cwd), environment]).encode()
            socket.send_fds(self._socket, [order], [given.fileno(), out.fileno(), err.fileno()])
            status = int(self._socket.recv(64))
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(words, status, out.read(), err.read())


def serve(orders: socket.socket) -> None:
    """
    Fork for each order, until there is nobody any more.
    """
    # Imported now, and not by each child.
    import luahost.cli.command
    import luahost.host
    import luahost.network

    for verb in luahost.cli.command.VERBS:
        __import__(f"luahost.cli.{verb}")
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, LONGEST_ORDER, 3)
        if not order:
            return
        child = os.fork()
        if child == 0:
            orders.close()
            words, cwd, environment = json.loads(order)
            _become(words, cwd, environment, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        orders.send(str(status).encode())


def _become(words: list[str], cwd: str, environment: dict[str, str], descriptors: list[int]) -> None:
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(cwd)
    sys.argv = ["luahost", *words]
    sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False), encoding="utf-8")  # noqa: SIM115  all its life
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")  # noqa: SIM115
    sys.stderr = io.TextIOWrapper(
        open(2, "wb", closefd=False),  # noqa: SIM115
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
    from luahost.cli import main

    code = 70
    try:
        code = main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    serve(socket.socket(fileno=int(sys.argv[1])))

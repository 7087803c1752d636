"""
The command's streams: those that are closed, and those that cannot be written to.

Output that cannot be written ends the command, with a line about it, or as the system ends those who write
into a pipe that nobody reads any more. What cannot be said on standard error is not said, and changes nothing
else.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from typing import Any, BinaryIO

UNWRITTEN_EXIT_CODE = 2

_OF_OUTPUT = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EAGAIN}


class _Complaints(io.FileIO):
    """
    Standard error, for which nobody need be there.
    """

    def write(self, data: Any) -> int:
        """
        As a file does; what cannot be written counts as written.
        """
        written = None
        with contextlib.suppress(OSError):
            written = super().write(data)
        return len(data) if written is None else written


def prepare() -> None:
    """
    Make streams of those that the caller has closed, for which Python has None: what would go there goes
    nowhere. What cannot be encoded is escaped.
    """
    stderr = sys.__stderr__
    if stderr is not None and stderr is sys.stderr:
        buffer = io.BufferedWriter(_Complaints(stderr.fileno(), "wb", closefd=False))
        sys.stderr = io.TextIOWrapper(buffer, encoding=stderr.encoding, line_buffering=True)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  for the process's life
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def standard_input() -> BinaryIO:
    """
    The bytes of standard input; of one that is closed there are none.
    """
    return sys.stdin.buffer if sys.stdin is not None else io.BytesIO()


def is_of_output(error: OSError) -> bool:
    """
    Whether it is an error of writing to what is open, and no name is to blame.
    """
    return error.errno in _OF_OUTPUT and error.filename is None


def unwritten(error: OSError) -> int:
    """
    Standard output could not be written to. Answers the exit code, unless whoever reads has seen enough
    (`| head`): that ends the process as it ends others.
    """
    _forget_output()
    if isinstance(error, BrokenPipeError) and hasattr(signal, "SIGPIPE"):
        # Python ignores the signal, since a server that hangs up while a request is on its way sends it too.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.raise_signal(signal.SIGPIPE)
    print(f"luahost: cannot write the output: {error.strerror}", file=sys.stderr)
    return UNWRITTEN_EXIT_CODE


def _forget_output() -> None:
    # Python flushes again at exit, and would fail again.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

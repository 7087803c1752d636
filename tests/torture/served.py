"""
The command ``luahost serve -c FILE`` in a process that is forked for it, with a clock that is as many
nanoseconds ahead of the machine's as stands in another file, at each moment.

A machine's clock cannot be set by a test, nor for one process alone; the clock is the one seam that is used.
"""

from __future__ import annotations

import argparse
import io
import mmap
import os
import struct
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from luahost.cli.command import parser
from luahost.cli.serve import serve
from luahost.clock import NANOSECONDS, SystemClock

IMPORTED_LATE = ("luahost.server.supervisor", "luahost.server.spool", "luahost.network.real", "uvloop")
"""What a server imports when it needs it; ready before the fork, it costs each server nothing."""

AHEAD = struct.Struct("q")


class SetClock(SystemClock):
    """
    A clock that is set while it runs, by whoever writes the file.
    """

    real = False

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._shown = mmap.mmap(opened.fileno(), AHEAD.size, prot=mmap.PROT_READ)

    def time_ns(self) -> int:
        """
        The machine's time of day, and what it is ahead.
        """
        ahead: int = AHEAD.unpack(self._shown)[0]
        return super().time_ns() + ahead


def set_ahead(file: Path, seconds: float) -> None:
    """
    Set the clock of whoever has this file, at once.
    """
    with file.open("r+b" if file.exists() else "w+b") as opened:
        opened.write(AHEAD.pack(round(seconds * NANOSECONDS)))


def main(file: Path, clock: Path, said: Connection) -> None:
    """
    Be the command, from here to its end; ``said`` is its standard error.
    """
    os.dup2(said.fileno(), 2)
    said.close()
    sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), line_buffering=True)  # noqa: SIM115  all its life
    options: argparse.Namespace = parser("serve").parse_args(["serve", "-v", "-c", str(file)])
    sys.exit(serve(options, clock=SetClock(clock)))

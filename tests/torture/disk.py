"""
The disk under a spool, which is full now and then.

Either a file system of its own that is filled up, where mounts may be made, or a limit on the size of the
server's files, which works everywhere: a write then fails with another error, and at another place.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from tests.torture.server import ServerProcess

INSIDE = "TORTURE_MOUNTS"
"""In the environment of a process that may mount."""

SIZE = "256m"
ROOM_BYTES = 64 * 1024
"""A full disk has so much room at most."""


class Disk(Protocol):
    """
    What can be full.
    """

    def fill(self, server: ServerProcess, spool: Path, dice: random.Random) -> None:
        """
        Leave this server little room or none for its spool.
        """

    def free(self, server: ServerProcess) -> None:
        """
        Give it room again.
        """


class FileLimit:
    """
    A limit for files of the server's process (``RLIMIT_FSIZE``): writes beyond fail with ``EFBIG``.
    """

    def fill(self, server: ServerProcess, spool: Path, dice: random.Random) -> None:
        """
        See :class:`Disk`.
        """
        wal = spool.with_name(spool.name + "-wal")
        size = wal.stat().st_size if wal.exists() else 0
        # The log is written from its beginning each time that it was copied: what is far inside is not met.
        server.limit_files(int(size * dice.random() ** 4))

    def free(self, server: ServerProcess) -> None:
        """
        See :class:`Disk`.
        """
        server.limit_files(None)


class SmallDisk:
    """
    A file system in memory, to the end of a ``with``: writes fail with ``ENOSPC``, some of them half done.

    Args:
        folder: Where it is mounted; empty.

    Raises:
        subprocess.CalledProcessError: It cannot be mounted.
    """

    def __init__(self, folder: Path) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True)
        self._folder = folder
        self._ballast = folder / "ballast"

    def __enter__(self) -> SmallDisk:
        return self

    def __exit__(self, *error: object) -> None:
        subprocess.run(["umount", str(self._folder)], check=True)

    def fill(self, server: ServerProcess, spool: Path, dice: random.Random) -> None:
        """
        See :class:`Disk`.
        """
        room = os.statvfs(self._folder)
        size = max(room.f_bavail * room.f_frsize - dice.choice((0, dice.randrange(ROOM_BYTES))), 1)
        with self._ballast.open("wb") as ballast, contextlib.suppress(OSError):
            # If the server is faster, what is left is less.
            os.posix_fallocate(ballast.fileno(), 0, size)

    def free(self, server: ServerProcess) -> None:
        """
        See :class:`Disk`.
        """
        self._ballast.unlink(missing_ok=True)


def enter_own_mounts(module: str) -> bool:
    """
    Become this module again where mounts may be made that nobody else sees, if there is such a place; whether
    this is one.
    """
    unshare = shutil.which("unshare")
    if INSIDE not in os.environ and unshare is not None:
        words = [unshare, "--map-root-user", "--mount"]
        if subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            command = [*words, sys.executable, "-m", module, *sys.argv[1:]]
            os.execve(unshare, command, {**os.environ, INSIDE: "1"})
    return INSIDE in os.environ

"""
Where tests have their files: in memory, if the machine has a file system there that is large enough.

A test makes a folder, writes a script and removes both; with a disk, that costs some tests more than all else
that they do. What is proved is the same, since tests kill processes and no machines. ``TMPDIR`` names another
folder.
"""

from __future__ import annotations

import os
import tempfile

MEMORY = "/dev/shm"
LEAST_BYTES = 2 * 1024**3
"""That must be free there: in a container it is often a few megabytes in all."""


def be_in_memory() -> None:
    """
    Have temporary folders in memory, here and in processes that are started.
    """
    if "TMPDIR" in os.environ or not suits(MEMORY):
        return
    os.environ["TMPDIR"] = MEMORY
    # Who has asked before is answered anew.
    tempfile.tempdir = None


def suits(folder: str) -> bool:
    """
    Whether there is room, and programs may be run.
    """
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    room = found.f_bavail * found.f_frsize >= LEAST_BYTES
    return room and not found.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK | os.X_OK)

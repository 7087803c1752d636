"""
What tells whether a file has changed: a stamp of each, and what two sets of stamps differ in.

Files are looked at again and again, which is plain and works everywhere: on network file systems, in
containers, with links and with files that are not there yet. What inotify tells is lost in each of these
cases.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

Stamp = tuple[int, int, int, int] | None
"""Time of the last change in nanoseconds, size, inode and device; None if there is no such file."""

STILL_SECONDS = 1.0
"""
How long what has changed must have been still until it is acted on: whoever copies several files, or writes
one in pieces, is not done before.
"""


def stamp_of(path: str | int) -> Stamp:
    """
    The stamp of the file with this path, or of the open one with this descriptor.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev


def stamps_of(paths: Iterable[str]) -> dict[str, Stamp]:
    """
    The stamps of several files.
    """
    return {path: stamp_of(path) for path in paths}


class Change:
    """
    Whether files have changed, and are still again.
    """

    def __init__(self) -> None:
        self._seen: Mapping[str, Stamp] = {}
        self._since = 0.0

    def settled(self, known: Mapping[str, Stamp], *, now: float) -> list[str]:
        """
        The files that are other ones than they were, if they have been still for long enough.

        Args:
            known: The stamps that the files had.

            now: The monotonic time.
        """
        found = stamps_of(known)
        if found == known:
            self._seen = {}
            return []
        if found != self._seen:
            self._seen, self._since = found, now
            return []
        if now - self._since < STILL_SECONDS:
            return []
        return [path for path, stamp in known.items() if found[path] != stamp]

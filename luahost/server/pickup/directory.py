"""
A pickup directory: files of transactions, which mail processes write.

``NAME.json`` is a body of ``POST /v1/transactions``, ``NAME.jsonl`` is one of JSON lines. Who writes one
gives it that name once it is whole: until then, and for ever if the writer has died, it is called
``.NAME.tmp``. What cannot be taken is renamed to ``NAME.json.bad``. Whoever can write there can bring
transactions of anybody, and is trusted with no more than that: links, pipes and devices are not followed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import NamedTuple

from luahost.errors import UsageError

ENDINGS = {".json": "application/json", ".jsonl": "application/x-ndjson"}
"""What is taken, and what a client would call it."""

BAD = ".bad"

_UNFINISHED = ".tmp"

UNFINISHED_SECONDS = 3600.0
"""How old an unfinished file is when nobody writes it any more."""

_SETTLED_NS = 100_000_000
"""How long after a change of a directory its time tells of the next one; kernels count time in steps."""


class BadFileError(Exception):
    """
    A file that is no batch of transactions, and will not become one.
    """


class Waiting(NamedTuple):
    """
    A file that waits; the order is that in which files were written.

    Attributes:
        written_ns: When it was last written to, in nanoseconds since 1970. A shim's own names know seconds
            and, within a process, less.

        name: Its name in the directory.
    """

    written_ns: int
    name: str

    @property
    def content_type(self) -> str:
        """
        What a client would call it.
        """
        return ENDINGS[os.path.splitext(self.name)[1]]


class Directory:
    """
    The directory.

    Args:
        path: Where it is.

        max_bytes: The longest file.

    Attributes:
        max_bytes: The longest file; may be set anew.

    Raises:
        UsageError: It is not there, or files cannot be taken from it.
    """

    def __init__(self, path: str, *, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        if not os.path.isdir(path):
            raise UsageError(f"there is no directory {path}, which pickup names; mail processes write there")
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise UsageError(
                f"files cannot be taken from {path}, which pickup names: it must be ours to read and write"
            )

    def whole_path(self, name: str) -> str:
        """
        A file's path.
        """
        return os.path.join(self.path, name)

    def changed(self) -> int | None:
        """
        When a file last came or went, in nanoseconds since 1970; None while that is so near that another may
        come without a trace.

        Raises:
            OSError: The directory cannot be looked at.
        """
        changed = os.stat(self.path).st_mtime_ns
        return None if abs(time.time_ns() - changed) < _SETTLED_NS else changed

    def waiting(self) -> list[Waiting]:
        """
        The files that wait, in order.

        Raises:
            OSError: The directory cannot be read.
        """
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and os.path.splitext(entry.name)[1] in ENDINGS:
                    with contextlib.suppress(FileNotFoundError):
                        found.append(Waiting(entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
        return sorted(found)

    def left_behind(self, now: float) -> list[str]:
        """
        The names of files that were never finished, at a time in seconds since 1970.

        Raises:
            OSError: The directory cannot be read.
        """
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.startswith(".") and entry.name.endswith(_UNFINISHED):
                    with contextlib.suppress(FileNotFoundError):
                        if entry.stat(follow_symlinks=False).st_mtime < now - UNFINISHED_SECONDS:
                            found.append(entry.name)
        return found

    def content(self, name: str) -> bytes:
        """
        What is in a file.

        Raises:
            BadFileError: It is no file, or too long.

            OSError: It cannot be read.
        """
        try:
            opened = os.open(
                self.whole_path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            )
        except OSError as error:
            if os.path.islink(self.whole_path(name)):
                raise BadFileError("links are not followed") from None
            raise error
        try:
            status = os.fstat(opened)
            if not stat.S_ISREG(status.st_mode):
                raise BadFileError("this is no file")
            if status.st_size > self.max_bytes:
                raise BadFileError(f"{status.st_size} bytes; {self.max_bytes} may be (max_body_bytes)")
            with open(opened, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(opened)

    def remove(self, name: str) -> None:
        """
        Remove a file, which may be gone.

        Raises:
            OSError: It cannot be removed.
        """
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.whole_path(name))

    def set_aside(self, name: str) -> str:
        """
        Give a file that cannot be taken its other name, and answer that.

        Raises:
            OSError: It cannot be renamed.
        """
        aside = name.removeprefix(".") + BAD
        os.rename(self.whole_path(name), self.whole_path(aside))
        return aside

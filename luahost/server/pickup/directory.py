"""
A pickup directory: files of transactions, which mail processes write.

``NAME.json`` is a body of ``POST /v1/transactions``, ``NAME.jsonl`` is one of JSON lines. Who writes one
gives it that name once it is whole: until then, and for ever if the writer has died, it is called
``.NAME.tmp``. What cannot be taken is renamed to ``NAME.json.bad``. ``NAME.lines`` grows, see ``growing.py``.
Whoever can write there can bring transactions of anybody, and is trusted with no more than that: links, pipes
and devices are not followed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luahost.errors import UsageError

ENDINGS = {".json": "application/json", ".jsonl": "application/x-ndjson"}
"""What is taken, and what a client would call it."""

GROWING = ".lines"
"""What mail processes append to."""

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


class Found(NamedTuple):
    """
    What a look at the directory has found.

    Attributes:
        waiting: The files that wait, in order.

        growing: The names of files that grow, in order.

        left_behind: The names of files that were never finished.
    """

    waiting: list[Waiting]
    growing: list[str]
    left_behind: list[str]


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
                f"files cannot be taken from {path}, which pickup names: user {os.geteuid()}, who serves,"
                " must be able to read and write it; luahost doctor says how"
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

    def found(self, now: float) -> Found:
        """
        What is there, at a time in seconds since 1970.

        Raises:
            OSError: The directory cannot be read.
        """
        waiting, growing, left_behind = [], [], []
        with os.scandir(self.path) as entries:
            for entry in entries:
                name = entry.name
                ending = os.path.splitext(name)[1]
                with contextlib.suppress(FileNotFoundError):
                    if name.startswith("."):
                        if ending == _UNFINISHED and _changed_ns(entry) < (now - UNFINISHED_SECONDS) * 1e9:
                            left_behind.append(name)
                    elif ending in ENDINGS:
                        waiting.append(Waiting(_changed_ns(entry), name))
                    elif ending == GROWING:
                        growing.append(name)
        return Found(sorted(waiting), sorted(growing), left_behind)

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[tuple[int, os.stat_result]]:
        """
        A file that is open inside the block, as a descriptor, and what it is like.

        Raises:
            BadFileError: It is no file.

            OSError: It cannot be read.
        """
        path = self.whole_path(name)
        try:
            opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            if os.path.islink(path):
                raise BadFileError("links are not followed") from None
            raise
        try:
            status = os.fstat(opened)
            if not stat.S_ISREG(status.st_mode):
                raise BadFileError("this is no file")
            yield opened, status
        finally:
            os.close(opened)

    def content(self, name: str) -> bytes:
        """
        What is in a file.

        Raises:
            BadFileError: It is no file, or too long.

            OSError: It cannot be read.
        """
        with self.opened(name) as (opened, status):
            if status.st_size > self.max_bytes:
                raise BadFileError(too_long(status.st_size, self.max_bytes))
            with open(opened, "rb", closefd=False) as file:
                return file.read()

    def write(self, name: str, body: Iterable[bytes], *, at: float | None = None) -> None:
        """
        Make a file, whole or not at all, as of a time in seconds since 1970; one of that name is replaced.

        Raises:
            OSError: It cannot be written.
        """
        unfinished = self.whole_path(f".{name}{_UNFINISHED}")
        with open(unfinished, "wb", opener=_as_ours) as file:
            file.writelines(body)
        if at is not None:
            os.utime(unfinished, (at, at))
        os.rename(unfinished, self.whole_path(name))

    def remove(self, name: str) -> None:
        """
        Remove a file, which may be gone.

        Raises:
            OSError: It cannot be removed.
        """
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.whole_path(name))

    def rename(self, name: str, to: str) -> None:
        """
        Give a file another name.

        Raises:
            OSError: It cannot be renamed.
        """
        os.rename(self.whole_path(name), self.whole_path(to))

    def set_aside(self, name: str) -> str:
        """
        Give a file that cannot be taken its other name, and answer that.

        Raises:
            OSError: It cannot be renamed.
        """
        aside = name.removeprefix(".") + BAD
        self.rename(name, aside)
        return aside


def too_long(length: int, most: int) -> str:
    """
    What is said of a transaction that is too long.
    """
    return f"{length} bytes; {most} may be (max_body_bytes)"


def _changed_ns(entry: os.DirEntry[str]) -> int:
    return entry.stat(follow_symlinks=False).st_mtime_ns


def _as_ours(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

"""
Files of a configuration: reading them, and finding those that an ``!include`` names.

``Disk`` is the real thing. Whoever wants to read a configuration that is in no file (a test, a fuzzer)
gives another :class:`Files`. Everything is bounded, so that no configuration keeps luahost busy for ever.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from typing import Protocol

MAX_FILE_BYTES = 16 * 1024 * 1024
"""A configuration file is text by hand; the largest known ones have a few megabytes of generated users."""

MAX_ALTERNATIVES = 1000
"""What the braces of one pattern may stand for."""


class UnreadableFileError(Exception):
    """
    Why a file cannot be read, in the system's words.

    Attributes:
        absent: Whether it is not there at all.

        directory: Whether it is a directory.
    """

    def __init__(self, reason: str, *, absent: bool = False, directory: bool = False) -> None:
        super().__init__(reason)
        self.absent = absent
        self.directory = directory


class Files(Protocol):
    """
    What a parser asks of the world.
    """

    def read(self, path: str) -> bytes:
        """
        A file's content.

        Raises:
            UnreadableFileError: There is none to be had.
        """

    def matches(self, pattern: str) -> list[str]:
        """
        The paths that a pattern of an ``!include`` stands for, in the order of reading.
        """

    def identity(self, path: str) -> str:
        """
        The same text for the same file, however its path is written.
        """


class Disk:
    """
    The file system.
    """

    def read(self, path: str) -> bytes:
        try:
            # Opening a pipe would wait for its writer.
            mode = os.stat(path).st_mode
            if stat.S_ISDIR(mode):
                raise UnreadableFileError("this is a directory", directory=True)
            if not stat.S_ISREG(mode):
                raise UnreadableFileError("this is no regular file")
            with open(path, "rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            absent = isinstance(error, FileNotFoundError | NotADirectoryError)
            raise UnreadableFileError(error.strerror or str(error), absent=absent) from None
        except ValueError:
            raise UnreadableFileError("no file can have this name", absent=True) from None
        if len(data) > MAX_FILE_BYTES:
            raise UnreadableFileError(f"more than {MAX_FILE_BYTES} bytes")
        return data

    def matches(self, pattern: str) -> list[str]:
        if "\0" in pattern:
            return []
        found: list[str] = []
        for alternative in braces_expanded(pattern):
            found += sorted(glob.glob(escapes_in_brackets(alternative)), key=os.fsencode)
        return found

    def identity(self, path: str) -> str:
        return os.path.realpath(path)


def braces_expanded(pattern: str) -> list[str]:
    """
    ``a{b,c}`` is ``ab`` and ``ac``, as in glob(3) with GLOB_BRACE; at most ``MAX_ALTERNATIVES`` of them.
    """
    pending, done = [pattern], list[str]()
    while pending and len(done) + len(pending) <= MAX_ALTERNATIVES:
        text = pending.pop(0)
        # The innermost pair first: what is left over has no pair inside.
        pair = re.search(r"\{([^{}]+)\}", text)
        if pair is None:
            done.append(text)
        else:
            pending[:0] = [text[: pair.start()] + part + text[pair.end() :] for part in pair[1].split(",")]
    return list(dict.fromkeys(done + pending))


def escapes_in_brackets(pattern: str) -> str:
    r"""
    ``\*`` of glob(3) as ``[*]``, which is how Python's glob takes a character literally.
    """
    return re.sub(r"\\(.)", lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], pattern)

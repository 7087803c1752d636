"""
The seam ``ScriptFiles``: where the text of scripts and of their modules comes from.

It is the file system, but for a worker that runs whole sessions and has no files.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Protocol

NUL = "\0"
"""No name of a file has one; Python has no answer to such a name but ``ValueError``."""

AT_ONCE = 1 << 16
"""Bytes that are read at once."""

MOST_BYTES = 1 << 26
"""No script is longer: what has no end, as ``/dev/zero``, would fill the memory."""


class ScriptFiles(Protocol):
    """
    Files by path.
    """

    def exists(self, path: str) -> bool:
        """
        Whether there is anything of that name.
        """

    def read(self, path: str) -> bytes:
        """
        A file's bytes.

        Raises:
            OSError: It cannot be read.
        """

    def known(self) -> Mapping[str, str | None]:
        """
        What the file of a path is, or that there is none, as far as that is known and stays: a name that only
        these bytes have, and None. Empty where files may be others the next time.
        """


class RealFiles:
    """
    The machine's files.
    """

    def exists(self, path: str) -> bool:
        """
        See :meth:`ScriptFiles.exists`.
        """
        return NUL not in path and os.access(path, os.F_OK)

    def read(self, path: str) -> bytes:
        """
        See :meth:`ScriptFiles.read`.
        """
        if NUL in path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        # By the system's calls: a session reads one small file, and Python's file objects cost twice that.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            pieces = [os.read(descriptor, AT_ONCE)]
            while pieces[-1]:
                pieces.append(os.read(descriptor, AT_ONCE))
                if len(pieces) > MOST_BYTES // AT_ONCE and sum(map(len, pieces)) > MOST_BYTES:
                    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        finally:
            os.close(descriptor)
        return b"".join(pieces)

    def known(self) -> Mapping[str, str | None]:
        """
        See :meth:`ScriptFiles.known`.
        """
        return {}


REAL_FILES = RealFiles()
"""For whoever has files."""

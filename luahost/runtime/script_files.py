"""
The seam ``ScriptFiles``: where the text of scripts and of their modules comes from.

It is the file system, but for a worker that runs whole sessions and has no files.
"""

from __future__ import annotations

import os
from typing import Protocol


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


class RealFiles:
    """
    The machine's files.
    """

    def exists(self, path: str) -> bool:
        """
        See :meth:`ScriptFiles.exists`.
        """
        return os.path.exists(path)

    def read(self, path: str) -> bytes:
        """
        See :meth:`ScriptFiles.read`.
        """
        with open(path, "rb") as file:
            return file.read()


REAL_FILES = RealFiles()
"""For whoever has files."""

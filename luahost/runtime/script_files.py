"""
The seam ``ScriptFiles``: where the text of scripts and of their modules comes from.

It is the file system, but for a worker that runs whole sessions and has no files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
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
        return os.path.exists(path)

    def read(self, path: str) -> bytes:
        """
        See :meth:`ScriptFiles.read`.
        """
        with open(path, "rb") as file:
            return file.read()

    def known(self) -> Mapping[str, str | None]:
        """
        See :meth:`ScriptFiles.known`.
        """
        return {}


REAL_FILES = RealFiles()
"""For whoever has files."""

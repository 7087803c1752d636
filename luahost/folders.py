"""
Folders: made with all that is above them, and searched with all that is below them.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from luahost.errors import UsageError


def searched(folder: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """
    What :func:`os.walk` answers of a folder and those below it.

    Raises:
        UsageError: One of them cannot be read: what is in it is not taken for nothing.
    """
    return os.walk(folder, onerror=_unread)


def make_folders(path: str, mode: int = 0o777) -> None:
    """
    Make a folder, and those above it that are not there. :func:`os.makedirs` calls itself once a level, and a
    path may have more levels than Python lets a function call itself.

    Args:
        path: The folder; nothing is done if it is there.

        mode: Of this folder alone, less the process's mask.

    Raises:
        OSError: One cannot be made, or something else is in the way.
    """
    # A path that can never be is refused before anything is made.
    with contextlib.suppress(FileNotFoundError):
        os.stat(path)
    names = path.rstrip("/").split("/")
    for level in range(1, len(names) + 1):
        folder = "/".join(names[:level]) or "/"
        try:
            os.mkdir(folder, mode if level == len(names) else 0o777)
        except OSError as error:
            # Of a folder that is there some systems say that it may not be made.
            if os.path.isdir(folder):
                continue
            if error.errno == errno.EEXIST:
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from None
            raise


def _unread(error: OSError) -> None:
    raise UsageError(f"the folder {error.filename} cannot be read: {error.strerror}") from None

"""
Scripts and their modules as they were when they were first asked for.

A file that changes on disk changes nothing of what runs: sessions that begin later get the same text, until
others have been tried and take its place. A file that was not there stays away in the same way.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Mapping

from luahost.dataclass import dataclass
from luahost.runtime import REAL_FILES
from luahost.server.reload.stamps import Stamp, stamp_of

MOST_FILES = 1000
MOST_BYTES = 64 * 1024 * 1024
"""
What is kept. Beyond that, which only a configuration with a script for each user comes to, files are read
anew each time, and nobody watches them.
"""

log = logging.getLogger("luahost.server")


@dataclass(frozen=True, slots=True)
class _File:
    """
    What came of looking for a file.
    """

    exists: bool
    stamp: Stamp
    data: bytes = b""
    error: OSError | None = None
    digest: str | None = None


class KeptFiles:
    """
    Files by path, see :class:`~luahost.runtime.ScriptFiles`. Threads may share it.
    """

    def __init__(self, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, _File] = {}
        self._told: dict[str, str | None] = {}
        self._files_left = most_files
        self._bytes_left = most_bytes

    def exists(self, path: str) -> bool:
        """
        Whether there was anything of that name.
        """
        return self._found(path).exists

    def read(self, path: str) -> bytes:
        """
        What the file had in it.

        Raises:
            OSError: It could not be read.
        """
        found = self._found(path)
        if found.error is not None:
            error = found.error
            raise type(error)(error.errno, error.strerror, path)
        return found.data

    def known(self) -> Mapping[str, str | None]:
        """
        See :meth:`~luahost.runtime.ScriptFiles.known`; without those that could not be read.
        """
        return self._told

    def stamps(self) -> dict[str, Stamp]:
        """
        What the files looked like that are kept, and those that were not there.
        """
        with self._lock:
            return {path: found.stamp for path, found in self._known.items()}

    def _found(self, path: str) -> _File:
        with self._lock:
            known = self._known.get(path)
        if known is not None:
            return known
        found = _look(path)
        with self._lock:
            if path in self._known:
                return self._known[path]
            if self._files_left > 0 and len(found.data) <= self._bytes_left:
                self._known[path] = found
                if found.digest is not None or not found.exists:
                    # Another one, as somebody may be reading the one that is there.
                    self._told = {**self._told, path: found.digest}
                self._files_left -= 1
                self._bytes_left -= len(found.data)
                if not self._files_left:
                    log.warning("%d files of scripts are watched, and no more", len(self._known))
        return found


def _look(path: str) -> _File:
    # Before it is read: if it changes meanwhile, the stamp is an old one, and the change is found.
    stamp = stamp_of(path)
    try:
        data = REAL_FILES.read(path)
    except OSError as error:
        return _File(os.path.exists(path), stamp, error=error)
    return _File(True, stamp, data=data, digest=hashlib.sha256(data).hexdigest())

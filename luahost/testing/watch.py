"""
Notices that files have changed: what ``luahost test --watch`` waits for.

Modification times and sizes are looked at again and again; that needs nothing of the system, and works on
every file system.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

POLL_SECONDS = 0.3

_ENDINGS = (".lua", ".yaml", ".yml", ".eml", ".json", ".jsonl")
_NOT_SEARCHED = frozenset(("__pycache__", "__snapshots__", "node_modules"))

Seen = dict[str, tuple[int, int]]


class Watch:
    """
    Watches Lua scripts, tests and messages under some paths.

    Args:
        paths: Files, whose folders are watched, and folders, with all that is in them.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._folders = sorted(
            {path if os.path.isdir(path) else os.path.dirname(path) or "." for path in paths}
        )
        self._seen = _look(self._folders)

    def also(self, folders: Iterable[str]) -> None:
        """
        Watch these folders too, from now on.
        """
        more = sorted(set(folders) - set(self._folders))
        self._folders += more
        self._seen |= _look(more)

    def changes(self) -> list[str]:
        """
        The files that were changed, made or removed since the last look.
        """
        before, self._seen = self._seen, _look(self._folders)
        return sorted(
            path for path in before.keys() | self._seen.keys() if before.get(path) != self._seen.get(path)
        )

    def wait(self, sleep: Callable[[float], None], *, stopped: Callable[[], bool]) -> list[str]:
        """
        Wait for changes; nothing if somebody has had enough before.

        Args:
            sleep: Lets time pass.

            stopped: Whether somebody has had enough.
        """
        while not stopped():
            found = self.changes()
            if found:
                return found
            sleep(POLL_SECONDS)
        return []


def _look(folders: Iterable[str]) -> Seen:
    seen: Seen = {}
    for folder in folders:
        for path in _searched(folder):
            try:
                status = os.stat(path)
            except OSError:
                # It went away meanwhile.
                continue
            seen[path] = status.st_mtime_ns, status.st_size
    return seen


def _searched(folder: str) -> Iterator[str]:
    for inside, folders, files in os.walk(folder):
        folders[:] = (name for name in folders if not name.startswith(".") and name not in _NOT_SEARCHED)
        for name in files:
            if name.endswith(_ENDINGS):
                yield os.path.join(inside, name)

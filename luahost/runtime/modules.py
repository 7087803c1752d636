"""
Where ``require`` finds a script's own modules: its folder and the configured paths, nowhere else.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence

from luahost import patterns
from luahost.runtime.script_files import REAL_FILES, ScriptFiles

FORMS = ("?.lua", "?/init.lua")
_MODULE_NAME = patterns.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z")


class ModuleFinder:
    """
    Finds Lua modules in a list of folders.

    Args:
        folders: Where to look.

        files: What reads them.

    Attributes:
        path: The search in the form of Lua's ``package.path``.
    """

    def __init__(self, folders: Sequence[str], files: ScriptFiles = REAL_FILES) -> None:
        self._files = files
        self._folders = tuple(folders)
        self.path = ";".join(templates(self._folders))

    def find(self, name: str) -> tuple[str, bytes] | None:
        """
        Path and text of a module, None if there is none.
        """
        files = self._files
        for path in paths(self._folders, name):
            # An error costs several times what this question does, and most modules are luahost's own.
            if files.exists(path):
                try:
                    return path, without_first_comment(files.read(path))
                except OSError:
                    continue
        return None

    def tried(self, name: str) -> tuple[str, ...]:
        """
        The paths where a module of that name is looked for.
        """
        return paths(self._folders, name)


@functools.cache
def templates(folders: tuple[str, ...]) -> tuple[str, ...]:
    """
    The paths that are tried for a module, with ``?`` for its name. A host has few scripts and many sessions.
    """
    return tuple(os.path.join(folder, form) for folder in folders for form in FORMS)


@functools.lru_cache(maxsize=256)
def paths(folders: tuple[str, ...], name: str) -> tuple[str, ...]:
    """
    Those with a module's name in its place; none for what is no name.
    """
    if not _MODULE_NAME.match(name):
        return ()
    return tuple(template.replace("?", name.replace(".", os.sep)) for template in templates(folders))


def without_first_comment(source: bytes) -> bytes:
    """
    What Lua makes of a file: without a byte order mark and without a ``#!`` line, whose line end stays.
    """
    source = source.removeprefix(b"\xef\xbb\xbf")
    if source.startswith(b"#"):
        return source[source.find(b"\n") :] if b"\n" in source else b""
    return source

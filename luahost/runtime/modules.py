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
        self._templates = templates(tuple(folders))
        self.path = ";".join(self._templates)

    def find(self, name: str) -> tuple[str, bytes] | list[str]:
        """
        Path and text of a module, or the paths that were tried.
        """
        if not _MODULE_NAME.match(name):
            return []
        tried = []
        for template in self._templates:
            path = template.replace("?", name.replace(".", os.sep))
            try:
                return path, without_first_comment(self._files.read(path))
            except OSError:
                tried.append(path)
        return tried


@functools.cache
def templates(folders: tuple[str, ...]) -> tuple[str, ...]:
    """
    The paths that are tried for a module, with ``?`` for its name. A host has few scripts and many sessions.
    """
    return tuple(os.path.join(folder, form) for folder in folders for form in FORMS)


def without_first_comment(source: bytes) -> bytes:
    """
    What Lua makes of a file: without a byte order mark and without a ``#!`` line, whose line end stays.
    """
    source = source.removeprefix(b"\xef\xbb\xbf")
    if source.startswith(b"#"):
        return source[source.find(b"\n") :] if b"\n" in source else b""
    return source

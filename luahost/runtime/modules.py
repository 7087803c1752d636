"""
Where ``require`` finds a script's own modules: its folder and the configured paths, nowhere else.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import NamedTuple

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
        for path in places(self._folders, name).paths:
            # An error costs several times what this question does, and most modules are luahost's own.
            if files.exists(path):
                try:
                    return path, without_first_comment(files.read(path))
                except OSError:
                    continue
        return None

    def not_found(self, name: str) -> bytes:
        """
        The paths where a module of that name is looked for, as ``require`` lists them.
        """
        return places(self._folders, name).words


@functools.cache
def templates(folders: tuple[str, ...]) -> tuple[str, ...]:
    """
    The paths that are tried for a module, with ``?`` for its name. A host has few scripts and many sessions.
    """
    return tuple(os.path.join(folder, form) for folder in folders for form in FORMS)


LONGEST_NAME = 100
"""Characters of a module's name that is looked for again without being taken apart again."""


class Places(NamedTuple):
    """
    Where a module can be.

    Attributes:
        paths: In order; none for what is no name.

        words: The same as ``require`` lists them.
    """

    paths: tuple[str, ...]
    words: bytes


def places(folders: tuple[str, ...], name: str) -> Places:
    """
    Where a module of this name can be.
    """
    # A script can think of many long names.
    return (_remembered if len(name) <= LONGEST_NAME else _places)(folders, name)


def _places(folders: tuple[str, ...], name: str) -> Places:
    if not _MODULE_NAME.match(name):
        return Places((), b"\n\tnot a module name")
    paths = tuple(template.replace("?", name.replace(".", os.sep)) for template in templates(folders))
    words = "".join(f"\n\tno file '{path}'" for path in paths)
    return Places(paths, words.encode("utf-8", "surrogateescape"))


_remembered = functools.lru_cache(maxsize=256)(_places)


def without_first_comment(source: bytes) -> bytes:
    """
    What Lua makes of a file: without a byte order mark and without a ``#!`` line, whose line end stays.
    """
    source = source.removeprefix(b"\xef\xbb\xbf")
    if source.startswith(b"#"):
        return source[source.find(b"\n") :] if b"\n" in source else b""
    return source

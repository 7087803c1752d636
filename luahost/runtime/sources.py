"""
The text of a script and of its modules: read where Lua wants it, and kept for who shows a line of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.errors import ScriptLoadError
from luahost.runtime.answers import text
from luahost.runtime.modules import ModuleFinder, without_first_comment
from luahost.runtime.script_bytecode import number_of
from luahost.runtime.script_files import ScriptFiles

LONGEST_SOURCE_LINE = 200
"""Characters of a script's line that an error shows."""


class Sources:
    """
    The files of one Lua state.

    Args:
        folders: Where ``require`` looks for the script's own modules.

        files: What reads them.
    """

    def __init__(self, folders: Sequence[str], files: ScriptFiles) -> None:
        self._files = files
        self._modules = ModuleFinder(folders, files)
        self._read: dict[str, bytes] = {}

    @property
    def search_path(self) -> bytes:
        """
        Where modules are looked for, in Lua's form.
        """
        return self._modules.path.encode("utf-8", "surrogateescape")

    def script(self, path: str) -> bytes:
        """
        The text of a script.

        Raises:
            ScriptLoadError: With Dovecot's step, ``access`` or ``lua_load``, and its words.
        """
        try:
            source = without_first_comment(self._files.read(path))
        except OSError as error:
            raise self._unread(path, error) from None
        self._read[path] = source = _one_object(path, source)
        return source

    def _unread(self, path: str, error: OSError) -> ScriptLoadError:
        reason = str(error.strerror)
        unread = f"the script {path} cannot be read: {reason}"
        if isinstance(error, FileNotFoundError):
            unread = f"there is no script {path}" if path else "a script has no name"
        elif isinstance(error, IsADirectoryError):
            unread = f"{path} is a folder, not a Lua script"
        if not self._files.exists(path):
            return ScriptLoadError(reason, step="access", file=path, unread=unread)
        # Dovecot's access() only asks whether the file is there; Lua then cannot open it, or not read it.
        doing = "read" if isinstance(error, IsADirectoryError) else "open"
        words = f"cannot {doing} {path}: {reason}"
        return ScriptLoadError(words, step="lua_load", file=path, unread=unread)

    def find_module(self, name: bytes) -> tuple[bytes | int | None, ...]:
        """
        Path, text and number of a module; or None for each, and the paths that were tried.
        """
        module = name.decode("utf-8", "replace")
        found = self._modules.find(module)
        if found is not None:
            path, source = found
            self._read[path] = source = _one_object(path, source)
            file = path.encode("utf-8", "surrogateescape")
            return file, source, number_of(source, b"@" + file)
        return None, None, None, self._modules.not_found(module)

    def whole(self, file: str) -> bytes | None:
        """
        The text of a file that was read, None for any other.
        """
        return self._read.get(file)

    def line(self, file: str | None, number: int | None) -> str | None:
        """
        A line of a file that was read; of no other, whatever a script calls its chunks.
        """
        source = self._read.get(file or "")
        if source is None or number is None:
            return None
        lines = source.split(b"\n")
        if not 0 < number <= len(lines):
            return None
        return text(lines[number - 1].rstrip())[:LONGEST_SOURCE_LINE]


MOST_SHARED = 64
"""Scripts whose text is one object for all sessions that have it."""

_shared: dict[str, bytes] = {}


def _one_object(path: str, source: bytes) -> bytes:
    """
    The same text as the object that an earlier session has of it, as long as the file says the same. Sessions
    that live then share it, and it is hashed once.
    """
    known = _shared.get(path)
    if known == source:
        return known
    if len(_shared) >= MOST_SHARED:
        _shared.clear()
    _shared[path] = source
    return source

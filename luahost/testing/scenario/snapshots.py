"""
Snapshots: what a scenario did when somebody last looked, and found it right.

They lie beside the tests, ``__snapshots__/push.luatest.yaml.json`` for ``push.luatest.yaml``, so that the
tests keep their comments. ``--update`` writes them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from luahost.errors import InputError
from luahost.folders import make_folders
from luahost.testing.outcome import Problem
from luahost.whole_file import write_whole

FOLDER = "__snapshots__"

Kept = Sequence[dict[str, Any]]
"""Effects as a snapshot has them; see ``redaction.py``."""


class Snapshots:
    """
    The snapshots of one test file.

    Args:
        test_file: Path of the test file.

        names: The scenarios that are in it, in order; ``update`` drops the snapshots of others.
    """

    def __init__(self, test_file: str, names: Sequence[str]) -> None:
        folder, name = os.path.split(test_file)
        self.file = os.path.join(folder, FOLDER, name + ".json")
        self._names = tuple(names)
        self._last: tuple[object, dict[str, dict[str, Any]]] = (None, {})

    def compare(self, name: str, part: str, found: Kept, *, line: int, test_file: str) -> Problem | None:
        """
        What differs from the snapshot.

        Args:
            name: The scenario's name.

            part: Which of its snapshots, and in which dialect and Lua.

            found: What happened.

            line: Where the test asks for it.

            test_file: The test's file.
        """
        all_kept = self._read()
        kept = all_kept.get(name, {}).get(part)
        if kept is None:
            words = f"there is no snapshot yet; luahost test --update {test_file} writes {self.file}"
            return Problem(message=words, file=test_file, line=line)
        import difflib  # which takes long, and few tests have snapshots

        lines = list(
            difflib.unified_diff(_lines(kept), _lines(json.loads(_written(found))), n=3, lineterm="")
        )
        if not lines:
            return None
        return Problem(
            message="what happened is not as in the snapshot (- snapshot, + got); --update takes it over",
            file=test_file,
            line=line,
            detail="\n".join("  …" if text.startswith("@@") else f"  {text}" for text in lines[2:]),
        )

    def update(self, name: str, part: str, found: Kept) -> None:
        """
        Take over what happened.

        Raises:
            InputError: The file cannot be written.
        """
        folder = os.path.dirname(self.file)
        try:
            make_folders(folder)
            with _alone(folder):
                kept = {**self._read()}
                kept[name] = {**kept.get(name, {}), part: json.loads(_written(found))}
                # The file's order, whoever is first: several processes may test at a time.
                ordered = {key: dict(sorted(kept[key].items())) for key in self._names if key in kept}
                text = json.dumps(ordered, indent=1, ensure_ascii=False)
                write_whole(self.file, f"{text}\n".encode())
        except OSError as error:
            raise InputError(f"the snapshot cannot be written: {error.strerror}", file=self.file) from None

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            status = os.stat(self.file)
            state = status.st_mtime_ns, status.st_size, status.st_ino
            if self._last[0] == state:
                return self._last[1]
            with open(self.file, encoding="utf-8") as file:
                found = json.load(file)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"the snapshot cannot be read: {error.strerror}", file=self.file) from None
        except ValueError as error:
            words = (
                f"the snapshot is no JSON ({error}); take it from version control, or delete it and --update"
            )
            raise InputError(words, file=self.file) from None
        if not isinstance(found, dict) or not all(isinstance(parts, dict) for parts in found.values()):
            words = "this is no snapshot of luahost; take it from version control, or delete it and --update"
            raise InputError(words, file=self.file)
        self._last = state, found
        return found


def _written(found: Kept) -> str:
    return json.dumps(found, ensure_ascii=False, allow_nan=False)


def _lines(kept: Any) -> list[str]:
    return json.dumps(kept, indent=1, ensure_ascii=False).split("\n")


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """
    Nobody else is in this block for this folder. Where a system has no such locks, nobody is kept out.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

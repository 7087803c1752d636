"""
Which files are tests, and the cases in them.

``LOADERS`` is the list of what luahost runs by itself; each kind of file has its loader.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from typing import cast

from luahost.dataclass import dataclass
from luahost.documents.quoting import word_or_quoted
from luahost.errors import InputError, UsageError
from luahost.folders import searched
from luahost.testing.outcome import Case, CaseLoader, Outcome, Problem, RunOptions, node_name

LOADERS = {
    ".luatest.yaml": "luahost.testing.scenario",
    ".luatest.yml": "luahost.testing.scenario",
    "_spec.lua": "luahost.testing.spec",
}
"""How names of test files end, and the module whose function ``load`` reads them."""

_NOT_SEARCHED = frozenset(("__pycache__", "__snapshots__", "node_modules"))


def is_test_file(name: str) -> bool:
    """
    Whether luahost takes a file of this name for a test.
    """
    return name.endswith(tuple(LOADERS))


def find(paths: Sequence[str]) -> list[str]:
    """
    The test files that paths name: files, and folders that are searched, in order and each once.

    Hidden folders are left out.

    Raises:
        UsageError: There is nothing of that name, it is no test file, there are none at all, or a folder
            cannot be read.
    """
    found = dict.fromkeys(file for path in paths for file in _files(path))
    if not found:
        where = ", ".join(paths)
        raise UsageError(f"no tests in {where}; their names end in {', '.join(LOADERS)}")
    return [*found]


def _files(path: str) -> Iterator[str]:
    try:
        os.stat(path)
    except (FileNotFoundError, ValueError):
        raise UsageError(f"there is no file or folder {word_or_quoted(path)}") from None
    except OSError as error:
        raise UsageError(f"{word_or_quoted(path)} cannot be read: {error.strerror}") from None
    if os.path.isdir(path):
        yield from _searched(path)
    elif _is_special(path):
        raise UsageError(f"{word_or_quoted(path)} is no file")
    elif is_test_file(path):
        yield path
    elif path.endswith(".py"):
        raise UsageError(f"{path} is a test for pytest: pytest {path}")
    else:
        raise UsageError(f"{path} is no test file; their names end in {', '.join(LOADERS)}")


def _searched(folder: str) -> Iterator[str]:
    for inside, folders, files in searched(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _NOT_SEARCHED
        )
        for name in sorted(files):
            file = os.path.normpath(os.path.join(inside, name))
            # A named pipe would keep its reader waiting.
            if is_test_file(name) and not _is_special(file):
                yield file


def _is_special(file: str) -> bool:
    """
    Whether it is there and is no file: a named pipe, a socket, a device.
    """
    return os.path.exists(file) and not os.path.isfile(file)


def load(file: str, options: RunOptions) -> Sequence[Case]:
    """
    The cases of a test file.

    Raises:
        InputError: It cannot be used as it stands.
    """
    module = next(module for ending, module in LOADERS.items() if file.endswith(ending))
    loader = cast("CaseLoader", importlib.import_module(module).load)
    return loader(file, options)


def load_all(files: Sequence[str], options: RunOptions) -> list[Case]:
    """
    The cases of several files. A file that cannot be used is one case, which tells why.
    """
    found: list[Case] = []
    for file in files:
        try:
            found += load(file, options)
        except InputError as error:
            found.append(BrokenFile.of(file, error))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenFile:
    """
    The case that a test file is that cannot be used.
    """

    file: str
    problem: Problem
    name: str = "the file itself"
    variant: str = ""
    line: int = 1

    @staticmethod
    def of(file: str, error: InputError) -> BrokenFile:
        """
        What is wrong with it, as a case.
        """
        message, _, detail = error.message.partition("\n")
        return BrokenFile(
            file=file,
            line=error.line or 1,
            problem=Problem(
                message=message, file=error.file, line=error.line, column=error.column, detail=detail
            ),
        )

    def run(self) -> Outcome:
        """
        An error.
        """
        return Outcome(
            file=self.file, name=self.name, line=self.line, result="error", problems=(self.problem,)
        )


def selected(cases: Sequence[Case], patterns: Sequence[str]) -> list[Case]:
    """
    Those in whose node one of the patterns stands, in letters of any case; without patterns all. A file that
    cannot be used is never left out.
    """
    if not patterns:
        return [*cases]
    wanted = [pattern.casefold() for pattern in patterns]
    return [
        case
        for case in cases
        if isinstance(case, BrokenFile)
        or any(one in node_name(case.file, case.name, case.variant).casefold() for one in wanted)
    ]

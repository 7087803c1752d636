"""
A first project: a script, its tests in YAML and in Python, and a workflow that runs them. They pass.

The files beside this module are written as they stand; ``luahost init`` asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import NamedTuple

from luahost.errors import UsageError
from luahost.folders import make_folders
from luahost.whole_file import write_whole


class Template(NamedTuple):
    """
    A file of a project.

    Attributes:
        source: Its name beside this module.

        what: What it is, for people.
    """

    source: str
    what: str


TEMPLATES = {
    "push.lua": Template("push.lua", "a push script, which tells a web service of new mail"),
    "push.luatest.yaml": Template("push.luatest.yaml", "what it is to do, in YAML: luahost test"),
    "test_push.py": Template("test_push.py.txt", "the same in Python: pytest"),
    ".github/workflows/push.yml": Template("workflow.yml", "both on GitHub, at every push"),
}
"""Every file, by its path in the project."""


class File(NamedTuple):
    """
    A file that is to be made.

    Attributes:
        content: What it has in it.

        what: What it is, for people.
    """

    content: bytes
    what: str


class Laid(NamedTuple):
    """
    What became of a file.

    Attributes:
        path: Its path in the project.

        made: Whether it was made; False if there was one already.

        what: What it is.
    """

    path: str
    made: bool
    what: str


def first_project() -> dict[str, File]:
    """
    All files of a first project.
    """
    return {path: project_file(path) for path in TEMPLATES}


def project_file(path: str) -> File:
    """
    A file of a first project.

    Args:
        path: One of ``TEMPLATES``.
    """
    template = TEMPLATES[path]
    return File(files(__name__).joinpath(template.source).read_bytes(), template.what)


def lay_out(folder: str, contents: Mapping[str, File] | None = None) -> Iterator[Laid]:
    """
    Make files, save those that are there already.

    Args:
        folder: Where; made if it is not there.

        contents: The files, by their paths in that folder; None for a first project.

    Raises:
        UsageError: A file cannot be written.
    """
    for path, found in (first_project() if contents is None else contents).items():
        yield Laid(path, _write(os.path.join(folder, path), found.content), found.what)


def _write(path: str, data: bytes) -> bool:
    try:
        make_folders(os.path.dirname(path) or ".")
        if os.path.isfile(path):
            return False
        if os.path.lexists(path):
            raise UsageError(f"cannot write {path}: something of that name is in the way")
        write_whole(path, data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return True

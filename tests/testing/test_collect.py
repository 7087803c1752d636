"""
Which files are tests.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.errors import UsageError
from luahost.testing import RunOptions
from luahost.testing.collect import find, load_all, selected
from tests.ordinary_user import ordinary_user

FILES = (
    "a.luatest.yaml",
    "b/c.luatest.yml",
    "b/d.yaml",
    ".hidden/e.luatest.yaml",
    "__snapshots__/f.luatest.yaml",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    A folder with files of all kinds.
    """
    for name in FILES:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("when: []\n", "utf-8")
    return tmp_path


def test_folders_are_searched(folder: Path) -> None:
    """
    A folder stands for the test files in it, hidden folders and snapshots left out; each file is found once.
    """
    found = find([str(folder), str(folder / "a.luatest.yaml")])

    assert found == [str(folder / "a.luatest.yaml"), str(folder / "b/c.luatest.yml")]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("b/d.yaml", "b/d.yaml is no test file; their names end in .luatest.yaml, .luatest.yml"),
        ("test_push.py", "test_push.py is a test for pytest: pytest "),
        ("nowhere", "there is no file or folder "),
        (".hidden/empty", "no tests in"),
    ],
)
def test_nothing_to_test(folder: Path, path: str, words: str) -> None:
    """
    What is no test is said to be none.
    """
    (folder / ".hidden/empty").mkdir()
    (folder / "test_push.py").touch()

    with pytest.raises(UsageError) as caught:
        find([str(folder / path)])

    assert words in str(caught.value)


def test_what_cannot_be_read() -> None:
    """
    A folder that may not be read is not taken for an empty one, nor what is in it for nothing.
    """
    with ordinary_user() as folder:
        closed = folder / "closed"
        closed.mkdir(0)
        for named in (folder, closed):
            with pytest.raises(UsageError, match=f"the folder {closed} cannot be read: Permission denied"):
                find([str(named)])
        with pytest.raises(UsageError, match=r"a\.luatest\.yaml cannot be read: Permission denied"):
            find([str(closed / "a.luatest.yaml")])


def test_what_is_no_file_is_not_waited_for(folder: Path) -> None:
    """
    A named pipe that is called like a test is left out of its folder, and by its name it is an error.
    """
    pipe = folder / "pipe.luatest.yaml"
    os.mkfifo(pipe)

    assert str(pipe) not in find([str(folder)])
    with pytest.raises(UsageError, match="is no file"):
        find([str(pipe)])


def test_a_broken_file_is_an_error_of_its_own(folder: Path) -> None:
    """
    A file that cannot be used does not keep others from being run, and is left out by no pattern.
    """
    cases = selected(load_all([str(folder / "a.luatest.yaml")], RunOptions()), ["no such"])

    (outcome,) = [case.run() for case in cases]
    assert outcome.result == "error"
    assert outcome.report.startswith(f"{folder}/a.luatest.yaml:1:1: when is empty")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x.luatest.yaml", "the file is empty; when, with what happens, is needed"),
        ("x_spec.lua", "the file is empty; a test, it(…), is needed"),
    ],
)
def test_an_empty_file_says_what_it_needs(tmp_path: Path, name: str, words: str) -> None:
    """
    Each kind of file needs something of its own.
    """
    (tmp_path / name).write_bytes(b"")
    (case,) = load_all([str(tmp_path / name)], RunOptions())

    assert words in case.run().report

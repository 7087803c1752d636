"""
Folders that are made with all that is above them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from luahost.folders import make_folders


def test_what_is_above_is_made_too(tmp_path: Path) -> None:
    """
    The mode is for the folder itself, and what is there stays as it is.
    """
    path = tmp_path / "above" / "folder"

    make_folders(f"{path}/", 0o700)
    path.chmod(0o750)
    make_folders(str(path), 0o700)

    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o777 & ~_mask()


def test_more_levels_than_a_function_may_call_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    As many as a path can have, and one that is too long is refused by the system, before anything is made.
    """
    monkeypatch.chdir(tmp_path)
    path = "a/" * 1500

    make_folders(path)
    with pytest.raises(OSError, match="too long"):
        make_folders("b/" * 2500)

    assert os.path.isdir(path)
    assert os.listdir() == ["a"]
    while path:
        os.rmdir(path)
        path = path[:-2]


@pytest.mark.parametrize("path", ["file", "file/folder"])
def test_what_is_in_the_way(tmp_path: Path, path: str) -> None:
    """
    A file is no folder.
    """
    (tmp_path / "file").touch()

    with pytest.raises(NotADirectoryError):
        make_folders(str(tmp_path / path))


def test_where_nothing_can_be_made() -> None:
    """
    A name that is nothing is no folder, and is not looked for above.
    """
    with pytest.raises(OSError):
        make_folders("/proc/none/folder")


def _mask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

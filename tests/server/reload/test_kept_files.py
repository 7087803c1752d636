"""
Files of scripts that stay as they were when they were first read.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.server.reload import KeptFiles
from luahost.server.reload.stamps import stamp_of


def test_what_was_read_stays(tmp_path: Path) -> None:
    """
    A file that changes, goes away or appears does so on disk only; its stamp is that of what was read.
    """
    changed, gone, late = (str(tmp_path / name) for name in ("changed.lua", "gone.lua", "late.lua"))
    for path in (changed, gone):
        Path(path).write_text("old")
    before = stamp_of(changed)
    kept = KeptFiles()
    assert [kept.read(changed), kept.read(gone), kept.exists(late)] == [b"old", b"old", False]

    Path(changed).write_text("another")
    os.unlink(gone)
    Path(late).write_text("there")

    assert [kept.read(changed), kept.read(gone), kept.exists(gone), kept.exists(late)] == [
        b"old",
        b"old",
        True,
        False,
    ]
    with pytest.raises(FileNotFoundError, match="No such file"):
        kept.read(late)
    assert kept.stamps()[changed] == before != stamp_of(changed)
    assert kept.stamps()[late] is None


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """
    A folder is there, and cannot be read as a file.
    """
    kept = KeptFiles()

    assert kept.exists(str(tmp_path))
    with pytest.raises(IsADirectoryError):
        kept.read(str(tmp_path))


def test_there_is_an_end_to_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    Beyond so many files, or so many bytes, they are read anew each time, which the log says.
    """
    one, two, three = (tmp_path / name for name in ("1.lua", "2.lua", "3.lua"))
    for path in (one, two, three):
        path.write_text("old")
    few, small = KeptFiles(most_files=1), KeptFiles(most_bytes=4)
    for kept in (few, small):
        kept.read(str(one))
        kept.read(str(two))

    two.write_text("new")
    three.write_text("new")

    assert [kept.read(str(path)) for kept in (few, small) for path in (one, two)] == [b"old", b"new"] * 2
    assert list(few.stamps()) == [str(one)]
    assert "1 files of scripts are watched, and no more" in caplog.text

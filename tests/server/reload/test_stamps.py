"""
Noticing that files have changed.
"""

from __future__ import annotations

import os
from pathlib import Path

from luahost.server.reload.stamps import STILL_SECONDS, Change, stamps_of


def test_a_change_is_told_once_it_is_still(tmp_path: Path) -> None:
    """
    Files that are still being written are left alone; then those are told that are other ones.
    """
    one, two, gone = (str(tmp_path / name) for name in "123")
    for path in (one, two):
        Path(path).write_text("old")
    known = stamps_of([one, two, gone])
    change = Change()
    assert change.settled(known, now=0.0) == []

    Path(one).write_text("changed")
    assert change.settled(known, now=1.0) == []
    Path(gone).write_text("there now")
    assert change.settled(known, now=1.0 + STILL_SECONDS) == []

    assert change.settled(known, now=1.0 + 1.5 * STILL_SECONDS) == []
    assert change.settled(known, now=1.0 + 2 * STILL_SECONDS) == [one, gone]


def test_what_is_put_back_is_no_change(tmp_path: Path) -> None:
    """
    A file that was renamed and is back with the same name is the same one.
    """
    path, other = str(tmp_path / "1"), str(tmp_path / "2")
    Path(path).write_text("old")
    known = stamps_of([path])
    change = Change()
    os.rename(path, other)
    assert change.settled(known, now=0.0) == []
    os.rename(other, path)

    assert change.settled(known, now=0.5) == []
    assert change.settled(known, now=2 * STILL_SECONDS) == []


def test_a_file_of_the_same_size_and_time_that_takes_its_place(tmp_path: Path) -> None:
    """
    As an editor, or a package, replaces a file.
    """
    path, new = tmp_path / "1", tmp_path / "2"
    for each in (path, new):
        each.write_text("same")
        os.utime(each, ns=(1, 1))
    known = stamps_of([str(path)])
    new.rename(path)
    change = Change()

    change.settled(known, now=0.0)

    assert change.settled(known, now=STILL_SECONDS) == [str(path)]

"""
Who may do what with a file.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.doctor.access import ENTER, READ, WRITE, Who, refusal
from luahost.errors import UsageError


def test_modes(folder: Path, stranger: Who) -> None:
    """
    The mode of owner, group or others counts, whichever fits first; root may everything.
    """
    file = folder / "push.lua"
    file.touch()
    os.chmod(file, 0o640)
    found = file.stat()
    group = Who("group", stranger.uid, frozenset({found.st_gid}))

    assert refusal(str(file), READ | WRITE, Who("me", found.st_uid, frozenset())) is None
    assert refusal(str(file), READ, group) is None
    assert (refusal(str(file), WRITE, group) or "").startswith(f"group may not write {file} (-rw-r----- ")
    assert (refusal(str(file), READ, stranger) or "").startswith(f"stranger may not read {file} ")
    assert refusal(str(file), WRITE, Who("root", 0, frozenset())) is None


def test_the_folder_in_the_way(folder: Path, stranger: Who) -> None:
    """
    A folder of the path that cannot be entered is named, whatever the file's own mode.
    """
    closed = folder / "closed"
    closed.mkdir()
    (closed / "push.lua").touch()
    os.chmod(closed, 0o700)

    words = refusal(str(closed / "push.lua"), READ, stranger)

    assert words is not None
    assert words.startswith(f"stranger may not enter {closed} (drwx------ ")


def test_what_is_not_there(folder: Path) -> None:
    """
    What is not there nobody may use.
    """
    assert refusal(str(folder / "no"), ENTER, Who.myself()) == f"{folder}/no is not there"


def test_users() -> None:
    """
    A user is found by name and by number; one that there is not is the operator's mistake.
    """
    assert Who.named("root") == Who.named("0")
    assert Who.numbered(4_242_424).name == "4242424"
    assert Who.myself().uid == os.geteuid()
    with pytest.raises(UsageError, match="there is no user nobody-at-all"):
        Who.named("nobody-at-all")

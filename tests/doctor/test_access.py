"""
Who may do what with a file.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from luahost.doctor.access import ENTER, READ, WRITE, hidden, refusal
from luahost.doctor.access_lists import ACCESS
from luahost.doctor.users import Who
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


def test_access_control_lists(folder: Path, stranger: Who) -> None:
    """
    A user that a list names may what it says, within the list's mask; others what it says of others.
    """
    file = folder / "push.lua"
    file.touch(0o600)
    try:
        os.setxattr(file, ACCESS, access_control_list(stranger.uid, READ | WRITE, mask=READ))
    except OSError as error:
        pytest.skip(f"no access control lists here: {error}")
    other = Who("other", 4_242_425, frozenset())

    assert refusal(str(file), READ, stranger) is None
    assert "and its access control list" in (refusal(str(file), WRITE, stranger) or "")
    assert refusal(str(file), READ, other) is not None


def access_control_list(uid: int, rights: int, *, mask: int, others: int = 0) -> bytes:
    """
    What the kernel keeps of a file that is its owner's, and this user's.
    """
    none = 0xFFFF_FFFF
    entries = [(1, 6, none), (2, rights, uid), (4, 0, none), (0x10, mask, none), (0x20, others, none)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_users() -> None:
    """
    A user is found by name and by number; one that there is not is the operator's mistake.
    """
    assert Who.named("root") == Who.named("0")
    assert Who.numbered(4_242_424).name == "4242424"
    assert Who.myself().uid == os.geteuid()
    with pytest.raises(UsageError, match="there is no user nobody-at-all"):
        Who.named("nobody-at-all")


def test_what_cannot_be_seen(folder: Path, stranger: Who) -> None:
    """
    What is in a folder that one may not enter is hidden; what is not there is not.
    """
    closed = folder / "closed"
    closed.mkdir()
    me = os.geteuid()
    os.chmod(closed, 0)
    try:
        if me == 0:
            # Root sees everything.
            os.seteuid(stranger.uid)
        found = hidden(str(closed / "spool.db")), hidden(str(folder / "none"))
    finally:
        os.seteuid(me)
        os.chmod(closed, 0o700)

    assert found == (True, False)

"""
The disk that the spool is on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.doctor.disk import (
    disk_checks,
    file_system,
    kind_check,
    room_check,
    speed_check,
    waits_per_second,
)

MEGA = 1024**2


@pytest.mark.parametrize(("kind", "state"), [("ext4", "ok"), ("nfs4", "fail"), ("tmpfs", "warn"), ("", "ok")])
def test_kinds(kind: str, state: str) -> None:
    """
    A file system of another machine loses data, one in memory does at a restart.
    """
    assert kind_check("/var", kind).state == state


def test_the_file_system_of_a_folder(tmp_path: Path) -> None:
    """
    It is that of the last and longest place it is mounted below, blanks in its name included.
    """
    (tmp_path / "a b").mkdir()
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path}/a\\040b nfs4 rw 0 0\n")

    assert file_system(str(tmp_path / "a b"), str(mounts)) == "nfs4"
    assert file_system(str(tmp_path), str(mounts)) == "ext4"
    assert file_system(str(tmp_path), str(tmp_path / "none")) == ""


@pytest.mark.parametrize(("free", "state"), [(8192 * MEGA, "ok"), (500 * MEGA, "warn"), (10 * MEGA, "fail")])
def test_room(free: int, state: str) -> None:
    """
    Little room is a warning, next to none is broken.
    """
    assert room_check("/var", free).state == state


def test_speed(tmp_path: Path) -> None:
    """
    The disk's rate is measured, by one write at least, and nothing of that stays; a slow one is a warning.
    """
    assert waits_per_second(str(tmp_path), 0.0) > 0
    assert list(tmp_path.iterdir()) == []
    assert speed_check(49).state == "warn"
    assert speed_check(51).state == "ok"


def test_all_of_it(tmp_path: Path) -> None:
    """
    A folder that is there is looked at in every way; of one that is not, others tell.
    """
    assert [check.name for check in disk_checks(str(tmp_path))] == ["kind", "room", "speed"]
    assert list(disk_checks(str(tmp_path / "no"))) == []

"""
The folder from which the server takes what Dovecot's shim leaves there.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.doctor import Who
from luahost.doctor.access import READ, WRITE
from luahost.doctor.access_lists import ACCESS, DEFAULT
from luahost.doctor.pickup import GUARDS, pickup_check
from tests.doctor.test_access import access_control_list


def open_by_list(folder: Path, who: Who) -> None:
    """
    Let them in by an access control list, also to what is made there later.
    """
    try:
        for kind in (ACCESS, DEFAULT):
            os.setxattr(folder, kind, access_control_list(who.uid, READ | WRITE | 1, mask=7, others=3))
    except OSError as error:
        pytest.skip(f"no access control lists here: {error}")


def test_one_user_for_both(folder: Path) -> None:
    """
    Where the server is the user that mail belongs to, nothing has to be arranged.
    """
    assert pickup_check(str(folder), Who.myself(), Who.myself()).state == "ok"


def test_what_is_not_there(folder: Path) -> None:
    """
    Without the folder the server does not start.
    """
    assert pickup_check(str(folder / "no"), Who.myself(), None).state == "fail"


def test_mail_processes(folder: Path, stranger: Who) -> None:
    """
    Mail processes have to make files there. Whether those of nobody in particular can is worth a look.
    """
    theirs = pickup_check(str(folder), Who.myself(), stranger)
    unknown = pickup_check(str(folder), Who.myself(), None)

    assert (theirs.state, unknown.state) == ("fail", "warn")
    assert "stranger may not write" in theirs.detail


def test_the_server_reads_them(folder: Path, stranger: Who) -> None:
    """
    A server that is another user, and not root, reads them by an access control list only.
    """
    mail = Who("mail", 4_242_425, frozenset())
    os.chmod(folder, 0o777)
    before = pickup_check(str(folder), stranger, mail)
    open_by_list(folder, stranger)

    assert before.state == "fail"
    assert f"setfacl -R -m u:stranger:rwX,d:u:stranger:rwX {folder}" in before.advice
    assert pickup_check(str(folder), stranger, mail).state == "ok"


def test_files_from_before_the_list(folder: Path, stranger: Who) -> None:
    """
    What mail processes left before the server was let in has the rights of then: nobody takes it, and the
    advice is to let the server into what is there, too.
    """
    mail = Who("mail", 4_242_425, frozenset())
    os.chmod(folder, 0o777)
    for name in ("1.json", "2.lines", ".3.json.tmp", "4.json.bad"):
        (folder / name).touch(mode=0o600)
    open_by_list(folder, stranger)

    check = pickup_check(str(folder), stranger, mail)

    assert (check.state, check.detail.partition(" in ")[0]) == (
        "fail",
        "stranger may not read 2 of the files",
    )
    assert check.advice.startswith("setfacl -R -m u:stranger:rwX,")


def test_the_server_removes_them(folder: Path, stranger: Who) -> None:
    """
    From a folder with the sticky bit nobody but its owner removes what others made, so that must be the
    server: an access control list is not enough.
    """
    os.chmod(folder, 0o1777)
    open_by_list(folder, stranger)

    check = pickup_check(str(folder), stranger, None)

    assert (check.state, check.advice.split(" && ")[0]) == ("fail", f"chown stranger {folder}")
    assert "stranger may not remove what " in check.detail


def test_files_that_wait(folder: Path) -> None:
    """
    Files that wait are counted; those that could not be taken want somebody to look.
    """
    (folder / "1.json").touch()
    waiting = pickup_check(str(folder), Who.myself(), Who.myself())
    (folder / "2.json.bad").touch()
    bad = pickup_check(str(folder), Who.myself(), Who.myself())

    assert (waiting.state, waiting.detail) == ("ok", f"{folder}, 1 files wait")
    assert bad.state == "warn"


def test_files_that_nobody_takes(folder: Path) -> None:
    """
    What has not changed for a long time waits for a server, whatever its kind.
    """
    for name in ("a.lines", "b.lines", "README"):
        (folder / name).touch()
    before = pickup_check(str(folder), Who.myself(), Who.myself())
    for name in ("a.lines", "README"):
        os.utime(folder / name, (1, 1))

    check = pickup_check(str(folder), Who.myself(), Who.myself())

    assert before.state == "ok"
    assert (check.state, check.detail) == (
        "warn",
        f"1 files have waited in {folder} for more than 10 minutes",
    )


@pytest.mark.parametrize("guard", GUARDS)
def test_links_and_files_by_others(folder: Path, tmp_path: Path, guard: str) -> None:
    """
    Where everybody may put files, the kernel has to see to it that links, pipes and files of others are not
    used.
    """
    states = []
    for mode, setting in ((0o1777, "1"), (0o1777, "0"), (0o777, "1")):
        (tmp_path / guard).write_text(f"{setting}\n")
        os.chmod(folder, mode)
        states.append(pickup_check(str(folder), Who.myself(), None, system=str(tmp_path)).state)

    assert states == ["ok", "warn", "warn"]

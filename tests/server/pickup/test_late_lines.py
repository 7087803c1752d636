"""
Mail processes that stand still while they append a line: stopped, swapped out, before a slow disk.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.server.pickup import Directory, Pickup
from luahost.server.pickup.growing import QUIET_SECONDS
from luahost.server.spool import SqliteSpool
from luahost.sources.shim import Shim
from luahost.testing import ManualClock
from tests.debian import needs
from tests.server.pickup.test_pickup import MAX_BYTES, NOW, subjects
from tests.server.pickup.test_shim import CALLER

LATER = int(NOW) + 7
NAME = f"{int(NOW)}-1000.lines"


class Mail:
    """
    A shim that writes lines, and the server that takes them.
    """

    def __init__(self, folder: Path, spool: SqliteSpool) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        self.clock = ManualClock(NOW)
        self.accepted = 0
        directory = Directory(str(self.files), max_bytes=MAX_BYTES)
        self.pickup = Pickup(directory, spool, expire_seconds=60, accepted=self._count, clock=self.clock)
        self._script = folder / "shim.lua"
        shim = Shim(dialect="2.3", spool_dir=str(self.files), files=True, status=False)
        self._script.write_text(shim.script())

    def _count(self, number: int) -> None:
        self.accepted += number

    @contextlib.contextmanager
    def delivering(self, subject: str, *, before: str) -> Iterator[list[str]]:
        """
        A delivery that stands still during the block, before the mail process calls that method of its file;
        what it logs is in the list afterwards.
        """
        command = ["lua5.4", str(CALLER), str(self._script), subject, before, str(LATER)]
        logged: list[str] = []
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "stands still\n"
            yield logged
            logged += process.communicate("\n", timeout=60)[0].splitlines()
        assert process.returncode == 0

    def deliver(self, subject: str) -> list[str]:
        """
        A delivery in which nothing takes long.
        """
        with self.delivering(subject, before="write") as logged:
            pass
        return logged

    def take_away(self) -> None:
        """
        Have the server look until it has removed what nobody writes to.
        """
        self.pickup.look()
        self.clock.advance(QUIET_SECONDS + 1)
        self.pickup.look()
        assert not (self.files / NAME).exists()


@pytest.fixture
def mail(tmp_path: Path, kept: SqliteSpool) -> Mail:
    """
    Mail, of which nothing has been delivered.
    """
    return Mail(tmp_path, kept)


@needs("lua5.4")
def test_in_time(mail: Mail, kept: SqliteSpool) -> None:
    """
    Whoever stands still for less than the server waits has written a line, and has nothing to say.
    """
    with mail.delivering("1", before="write") as logged:
        mail.pickup.look()
    mail.pickup.look()

    assert subjects(kept) == ["1"]
    assert logged == []
    assert [file.name for file in mail.files.iterdir()] == [NAME]


@needs("lua5.4")
def test_before_the_line_is_written(mail: Mail, kept: SqliteSpool) -> None:
    """
    A file that is gone when its line is written is noticed, and the transaction becomes a file of its own.
    """
    with mail.delivering("1", before="write") as logged:
        mail.take_away()
    (file,) = mail.files.iterdir()
    mail.pickup.look()

    assert subjects(kept) == ["1"]
    (line,) = logged
    assert line.startswith(f"i_warning: luahost shim: a transaction waits for the server in {file}: ")
    assert line.endswith(f"{NAME} was taken away before this was in it")
    assert list(mail.files.iterdir()) == []


@needs("lua5.4")
def test_another_file_of_that_name(mail: Mail, kept: SqliteSpool) -> None:
    """
    It is noticed, too, when others have made the file anew, with as much in it.
    """
    with mail.delivering("1", before="write") as logged:
        mail.take_away()
        assert mail.deliver("2") == []
    mail.pickup.look()

    assert sorted(subjects(kept)) == ["1", "2"]
    assert len(logged) == 1


@needs("lua5.4")
def test_after_the_line_was_written(mail: Mail, kept: SqliteSpool) -> None:
    """
    If the server has taken the line with the file, the file of its own brings nothing new.
    """
    with mail.delivering("1", before="close") as logged:
        mail.take_away()
        assert subjects(kept) == ["1"]
    assert len(list(mail.files.glob("*.json"))) == len(logged) == 1
    mail.pickup.look()

    assert subjects(kept) == ["1"]
    assert list(mail.files.iterdir()) == []

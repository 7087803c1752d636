"""
What is SQLite's own: the file, its owner, and other processes.
"""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from luahost.errors import InputError
from luahost.server.spool import Entry, SqliteControl, SqliteSpool, State
from luahost.server.spool.sqlite_layout import LAYOUT
from luahost.store.metadata_sqlite import SqliteMetadata
from tests.ordinary_user import ordinary_user

ONE = [Entry(user="alice", payload=b"{}")]


def test_mail_is_for_the_owner_only(file: Path) -> None:
    """
    Nobody else can read the file or what SQLite puts beside it.
    """
    with SqliteSpool(file) as spool:
        spool.put(ONE).result(10)
        files = list(file.parent.iterdir())

        assert len(files) >= 3
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


def test_a_second_server_is_refused(file: Path) -> None:
    """
    A spool that a process works on is no other's, and its own not twice; closed it is free again.
    """
    second = "import sys; from luahost.server.spool import SqliteSpool; SqliteSpool(sys.argv[1])"
    with SqliteSpool(file):
        with pytest.raises(InputError, match="open already"):
            SqliteSpool(file)
        other = subprocess.run(
            [sys.executable, "-c", second, str(file)], capture_output=True, text=True, check=False
        )

    assert f"another luahost works on this spool, process {os.getpid()}\n" in other.stderr
    SqliteSpool(file).close()


def test_a_server_that_ends(file: Path) -> None:
    """
    Others see that it begins nothing more, and the next one that it has to wait for that.
    """
    look = (
        "import sys; from luahost.server.spool import SqliteControl, SqliteSpool;"
        "print(*SqliteControl(sys.argv[1]).machines()); SqliteSpool(sys.argv[1])"
    )
    with SqliteSpool(file) as spool:
        before = spool.machines()
        spool.drain()
        other = subprocess.run(
            [sys.executable, "-c", look, str(file)], capture_output=True, text=True, check=False
        )

        assert [each.ending for each in (*before, *spool.machines())] == [False, True]
        assert other.stdout == f"{spool.machines()[0]}\n"
    assert f"works on this spool, process {os.getpid()}, which is ending\n" in other.stderr
    with SqliteSpool(file) as next_one:
        assert not next_one.machines()[0].ending


def test_an_operator_beside_the_server(file: Path) -> None:
    """
    What an operator changes from elsewhere, the server follows by itself.
    """
    with SqliteSpool(file) as spool, SqliteControl(file) as control:
        (id,) = spool.put(ONE).result(10)
        spool.claim().result(10)
        [before] = control.drop(id)
        assert before is not None
        assert before.state is State.RUNNING
        spool.bury(id, reason="boom").result(10)
        waiting = spool.claim()

        control.retry(id)

        assert [one.id for one in waiting.result(10)] == [id]


def test_an_operator_without_a_server(file: Path) -> None:
    """
    What an operator changes while no server runs is so when one starts; there must be a spool for that.
    """
    with pytest.raises(InputError, match="no spool here"):
        SqliteControl(file)
    with SqliteSpool(file) as spool:
        first, second = spool.put(ONE * 2).result(10)
    with SqliteControl(file) as control:
        control.drop(first)

    with SqliteSpool(file) as spool:
        assert [one.id for one in spool.claim().result(10)] == [second]


def _metadata(file: Path) -> None:
    SqliteMetadata(file).set("alice", "INBOX", "/private/comment", "x")


def test_a_lock_that_cannot_be_written(file: Path) -> None:
    """
    Where nothing can be written the lock is named.
    """
    _, most = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    try:
        with pytest.raises(InputError) as refused:
            SqliteSpool(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert str(refused.value) == f"{file}: its lock {file}-lock cannot be written: File too large"


def test_an_operator_makes_no_spool(file: Path) -> None:
    """
    A file that is not there, or is empty, stays so, and is no spool.
    """
    for _ in range(2):
        with pytest.raises(InputError, match="there is no spool here"):
            SqliteControl(file)
        assert not file.exists() or file.stat().st_size == 0
        file.touch()


def test_a_spool_that_cannot_be_seen() -> None:
    """
    Where a folder may not be entered, that is said, and not that nothing is there; a server says it, too.
    """
    with ordinary_user() as folder:
        file = folder / "inner" / "spool.sqlite"
        file.parent.mkdir()
        folder.chmod(0o600)
        said = []
        for opening in (SqliteControl, SqliteSpool):
            with pytest.raises(InputError) as refused:
                opening(file)
            said.append(str(refused.value))

    assert re.fullmatch(rf"{file}: user \S+ may not enter {folder}", said[0])
    assert said[1] == f"{file}: its lock {file}-lock cannot be made: Permission denied"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda file: file.write_text("not a database, and long enough" * 50), "no SQLite database"),
        (lambda file: file.mkdir(), "this is a folder"),
        (_metadata, "for something else"),
        (lambda file: file.symlink_to("/nonexistent/spool.sqlite"), "no folder /nonexistent"),
    ],
    ids=["text", "folder", "metadata", "nothing"],
)
def test_a_file_that_is_no_spool(file: Path, make: Callable[[Path], object], words: str) -> None:
    """
    A file that is something else is named, left alone, and free afterwards.
    """
    make(file)

    for _ in range(2):
        with pytest.raises(InputError, match=words) as caught:
            SqliteSpool(file)
        assert caught.value.file == str(file)


def test_a_file_of_an_older_luahost(file: Path) -> None:
    """
    It is left as it is, with words on what to do.
    """
    SqliteSpool(file).close()
    with sqlite3.connect(file) as database:
        database.execute(f"PRAGMA user_version = {LAYOUT.version - 1}")

    with pytest.raises(InputError, match="finish what is in it with the one that made it"):
        SqliteSpool(file)


def test_another_process_that_does_not_let_go(file: Path) -> None:
    """
    While somebody else writes to the file, who asks for something is not held up; it is answered afterwards.
    """
    with SqliteSpool(file) as spool:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        future = spool.put(ONE)
        assert not future.done()
        other.execute("ROLLBACK")
        other.close()

        assert len(future.result(10)) == 1


def test_the_log_is_copied_beside_those_who_write(file: Path) -> None:
    """
    What is put comes into the file itself while more is put, and the log does not get longer and longer.
    """
    large = [Entry(user="alice", payload=b"." * 400_000)]
    with SqliteSpool(file) as spool:
        for _ in range(200):
            spool.put(large).result(10)
            if file.stat().st_size > 4_000_000:
                break

        number = spool.status().counts[State.QUEUED]
        assert 10 <= number < 200


def test_what_is_asked_for_together(kept: SqliteSpool) -> None:
    """
    It is written at the end, in order, and in one transaction.
    """
    kept.put([Entry(user="bob", payload=b"1"), Entry(user="bob", payload=b"2")]).result()
    (first,) = kept.claim().result()

    with kept.together():
        done, claimed = kept.done(first.id), kept.claim()
        assert not done.done()

    assert done.done()
    assert [claim.payload for claim in claimed.result(0)] == [b"2"]

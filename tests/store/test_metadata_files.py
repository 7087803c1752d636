"""
Files in which no METADATA can be kept, or not by everybody, and what is said of them.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from luahost.errors import InputError
from luahost.store.metadata_sqlite import SCHEMA_VERSION, SqliteMetadata
from tests.ordinary_user import ordinary_user


def said(path: Path, *, write: bool = False) -> str:
    """
    What a file that cannot be used is answered with.
    """
    with closing(SqliteMetadata(path)) as store:
        use = partial(store.set, "bob", "INBOX", "/private/a", "1") if write else store.check
        with pytest.raises(InputError) as caught:
            use()
    assert caught.value.file == str(path)
    assert caught.value.exit_code == 2
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("write", [False, True])
def test_a_folder_is_no_database(tmp_path: Path, write: bool) -> None:
    """
    A folder's name is a mistake that is named.
    """
    assert said(tmp_path, write=write) == "a database is a file, and this is a folder"


@pytest.mark.parametrize("write", [False, True])
def test_text_is_no_database(path: Path, write: bool) -> None:
    """
    A file of another kind is refused and stays as it is.
    """
    path.write_text("user: bob\n" * 500)

    assert said(path, write=write) == "this is no SQLite database"
    assert path.read_text() == "user: bob\n" * 500


@pytest.mark.parametrize("write", [False, True])
def test_somebody_elses_database_is_left_alone(path: Path, write: bool) -> None:
    """
    An SQLite database of another program is refused and stays as it is.
    """
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE metadata (id INTEGER)")
    before = path.read_bytes()

    assert said(path, write=write) == "this SQLite database is not luahost's"
    assert path.read_bytes() == before


@pytest.mark.parametrize("write", [False, True])
def test_a_newer_luahosts_database_is_left_alone(path: Path, write: bool) -> None:
    """
    A schema that this luahost does not know is named with its number.
    """
    with closing(SqliteMetadata(path)) as store:
        store.set("bob", "INBOX", "/private/a", "1")
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    assert said(path, write=write) == (
        f"this database has version {SCHEMA_VERSION + 1}, and this luahost knows {SCHEMA_VERSION}: "
        "a newer luahost made it"
    )


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """
    The file is made when it is needed, its folder is not.
    """
    path = tmp_path / "no" / "metadata.sqlite"

    assert said(path) == f"there is no folder {path.parent} for this database"
    assert said(path, write=True) == "this database cannot be made: No such file or directory"


def test_a_read_only_file_is_read_and_not_written() -> None:
    """
    What may only be read is read; a change says why it cannot be.
    """
    with ordinary_user() as folder:
        path = folder / "metadata.sqlite"
        with closing(SqliteMetadata(path)) as store:
            store.set("bob", "INBOX", "/private/a", "1")
        path.chmod(0o400)
        with closing(SqliteMetadata(path)) as store:
            assert store.get("bob", "INBOX", "/private/a") == "1"

        words = said(path, write=True)

    assert words == "this database may not be written to: its file or folder is read-only"


def test_a_file_that_may_not_be_read_is_named() -> None:
    """
    Somebody else's file says who may open it.
    """
    with ordinary_user() as folder:
        path = folder / "metadata.sqlite"
        with closing(SqliteMetadata(path)) as store:
            store.set("bob", "INBOX", "/private/a", "1")
        path.chmod(0)

        words = said(path)

    assert re.fullmatch(
        r"this database cannot be opened; may user \S+ read and write it and its folder\?", words
    )


@pytest.mark.parametrize("write", [False, True])
def test_a_folder_that_may_not_be_entered_is_named(write: bool) -> None:
    """
    What cannot be seen is not taken for what is not there.
    """
    with ordinary_user() as folder:
        (folder / "inner").mkdir()
        folder.chmod(0o600)

        words = said(folder / "inner" / "metadata.sqlite", write=write)

    assert re.fullmatch(rf"user \S+ may not enter {folder}", words)


def test_an_empty_file_is_as_one_that_is_not_there(path: Path) -> None:
    """
    It is made a database by a change, and not by those who read.
    """
    path.touch()
    with closing(SqliteMetadata(path)) as store:
        assert (store.get("bob", "INBOX", "/private/a"), store.list("bob", "INBOX")) == (None, {})
        store.check()
        store.unset("bob", "INBOX", "/private/a")
        read = path.stat().st_size
        store.set("bob", "INBOX", "/private/a", "1")
        assert store.get("bob", "INBOX", "/private/a") == "1"

    assert read == 0


def test_a_folder_that_may_not_be_written_is_named() -> None:
    """
    Where no file can be made, that is said.
    """
    with ordinary_user() as folder:
        folder.chmod(0o500)

        words = said(folder / "metadata.sqlite", write=True)

    assert words == "this database cannot be made: Permission denied"

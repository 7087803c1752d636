"""
METADATA in a file: several processes at once, and what is left of it.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from luahost.store.metadata_sqlite import APPLICATION_ID, SCHEMA_VERSION, SqliteMetadata
from tests.store import metadata_writer

ROOT = Path(__file__).parent.parent.parent
WRITERS = 4


def start_writer(folder: Path, name: str) -> subprocess.Popen[bytes]:
    """
    A writing process that waits for a line.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.metadata_writer", str(folder), name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    """
    Processes with threads, let go at once on files that are not there yet: every entry is there.
    """
    writers = [start_writer(tmp_path, f"w{number}") for number in range(WRITERS)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    ended = [(*writer.communicate(timeout=120), writer.returncode) for writer in writers]

    assert ended == [(b"", b"", 0)] * WRITERS
    names = [f"w{number}" for number in range(WRITERS)]
    threads = [(name, thread) for name in names for thread in range(metadata_writer.THREADS)]
    with closing(SqliteMetadata(metadata_writer.file(tmp_path, 0))) as store:
        found = store.list("bob", "INBOX", "/private/")
        assert store.get("bob", "INBOX", "/shared/last") in names
    assert found == {
        metadata_writer.key(*thread, number): "x" * number
        for thread in threads
        for number in range(metadata_writer.KEYS)
    }
    for number in range(1, metadata_writer.FILES):
        with closing(SqliteMetadata(metadata_writer.file(tmp_path, number))) as store:
            found = store.list("bob", "INBOX")
        assert found == {metadata_writer.key(*thread, 0): "" for thread in threads}


def test_a_killed_writer_leaves_what_it_had_set(path: Path) -> None:
    """
    A process that is killed between changes takes none with it, and locks nobody out.
    """
    program = (
        "import os, signal, sys\n"
        "from luahost.store.metadata_sqlite import SqliteMetadata\n"
        "store = SqliteMetadata(sys.argv[1])\n"
        "store.set('bob', 'INBOX', '/private/a', '1')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=False, timeout=60)

    with closing(SqliteMetadata(path)) as store:
        store.set("bob", "INBOX", "/private/b", "2")
        assert store.list("bob", "INBOX") == {"/private/a": "1", "/private/b": "2"}


def test_a_store_survives_fork(path: Path) -> None:
    """
    A child that inherits an open store has a connection of its own, and both see what both set.
    """
    program = (
        "import os, sys\n"
        "from luahost.store.metadata_sqlite import SqliteMetadata\n"
        "store = SqliteMetadata(sys.argv[1])\n"
        "store.set('bob', 'INBOX', '/private/parent', '1')\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    inherited = store.get('bob', 'INBOX', '/private/parent')\n"
        "    store.set('bob', 'INBOX', '/private/child', inherited + '2')\n"
        "    store.close()\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "store.set('bob', 'INBOX', '/private/after', '3')\n"
        "print(list(store.list('bob', 'INBOX').items()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert done.stderr == ""
    assert done.stdout == "[('/private/after', '3'), ('/private/child', '12'), ('/private/parent', '1')]\n"


def test_entries_stay(path: Path) -> None:
    """
    What is set is there the next time.
    """
    with closing(SqliteMetadata(path)) as store:
        store.set("bob", "INBOX", "/private/a", "1")

    with closing(SqliteMetadata(path)) as store:
        assert store.get("bob", "INBOX", "/private/a") == "1"


def test_the_file_is_its_owners_alone(path: Path) -> None:
    """
    Nobody else reads METADATA, whatever umask says, nor what SQLite puts beside the file.
    """
    with closing(SqliteMetadata(path)) as store:
        store.set("bob", "INBOX", "/private/a", "1")
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert set(modes) >= {"metadata.sqlite", "metadata.sqlite-wal"}
    assert set(modes.values()) == {0o600}


def test_reading_makes_no_file(path: Path) -> None:
    """
    Who only asks or removes leaves nothing behind.
    """
    with closing(SqliteMetadata(path)) as store:
        store.check()
        store.get("bob", "INBOX", "/private/a")
        store.unset("bob", "INBOX", "/private/a")
        store.delete("bob", "INBOX")
        store.rename("bob", "Work", "Other")

    assert not path.exists()


def test_the_file_is_readable_with_other_tools(path: Path) -> None:
    """
    A person with the program ``sqlite3`` finds texts under plain names.
    """
    with closing(SqliteMetadata(path)) as store:
        store.set("bob", "Työ", "/private/a", "päivää")

    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT * FROM metadata WHERE user = 'bob' AND mailbox = 'Työ'").fetchall()
        version = database.execute("PRAGMA user_version").fetchone()
        application = database.execute("PRAGMA application_id").fetchone()
        journal = database.execute("PRAGMA journal_mode").fetchone()
    assert rows == [("bob", "Työ", "/private/a", "päivää")]
    assert (version, application, journal) == ((SCHEMA_VERSION,), (APPLICATION_ID,), ("wal",))


def test_an_empty_file_is_a_database_with_nothing_in_it(path: Path) -> None:
    """
    What ``touch`` or ``mktemp`` made will do.
    """
    path.touch()

    with closing(SqliteMetadata(path)) as store:
        store.set("bob", "INBOX", "/private/a", "1")
        assert store.get("bob", "INBOX", "/private/a") == "1"


def test_a_closed_store_opens_again(path: Path) -> None:
    """
    Closing lets the file go and loses nothing.
    """
    store = SqliteMetadata(path)
    store.set("bob", "INBOX", "/private/a", "1")
    store.close()
    store.close()

    assert store.get("bob", "INBOX", "/private/a") == "1"
    store.close()


def test_names_of_sqlites_own_are_plain_names(tmp_path: Path) -> None:
    """
    ``:memory:`` is a file's name like any other.
    """
    inside = "import sys; from luahost.store.metadata_sqlite import SqliteMetadata\n"
    inside += "SqliteMetadata(':memory:').set('bob', 'INBOX', '/private/a', '1')"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", inside], cwd=tmp_path, env=environment, check=True, timeout=60)

    assert (tmp_path / ":memory:").exists()

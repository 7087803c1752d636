"""
A process that sets METADATA from several threads: ``python -m tests.store.metadata_writer FOLDER NAME``.

It says ``ready``, waits for a line, and then sets its entries as fast as it can, so that a test can
let many such processes go at once: first one in each of many files, which somebody has to make, then
many in the first of them. Each entry is read again at once.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from luahost.store.metadata_sqlite import SqliteMetadata

THREADS = 3
KEYS = 15
FILES = 15


def file(folder: Path, number: int) -> Path:
    """
    One of the files.
    """
    return folder / f"{number}.sqlite"


def key(name: str, thread: int, number: int) -> str:
    """
    The key that one thread of one process sets.
    """
    return f"/private/{name}/{thread}/{number}"


def write(store: SqliteMetadata, folder: Path, name: str, thread: int) -> None:
    """
    Set one thread's entries; one entry is everybody's.
    """
    for number in range(1, FILES):
        other = SqliteMetadata(file(folder, number))
        other.set("bob", "INBOX", key(name, thread, 0), "")
        other.close()
    for number in range(KEYS):
        own = key(name, thread, number)
        store.set("bob", "INBOX", own, "x" * number)
        if store.get("bob", "INBOX", own) != "x" * number:
            raise SystemExit(f"{own} is lost")
        store.set("bob", "INBOX", "/shared/last", name)


def main(folder: str, name: str) -> None:
    """
    Half of the threads share a store, the others have one of their own.
    """
    path = file(Path(folder), 0)
    shared = SqliteMetadata(path)
    stores = [shared, shared, SqliteMetadata(path)]
    threads = [
        threading.Thread(target=write, args=(stores[i], Path(folder), name, i)) for i in range(THREADS)
    ]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

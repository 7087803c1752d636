"""
METADATA in an SQLite file: what stays from run to run, shared by any number of processes and threads.

The file is made at the first change; until then it is as if it were there and empty. Each change is one
transaction, and readers do not wait for writers (write-ahead log). Names, keys and values are TEXT with
the bytes that Dovecot would have, so that ``sqlite3`` shows them. How such a file is made and opened is
:mod:`luahost.database_file`'s.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from luahost.database_file import Layout, errors, is_there, opened, to_bytes, to_text, transaction
from luahost.errors import InputError

SCHEMA_VERSION = 1
"""``PRAGMA user_version`` of the file. A newer luahost brings an older file up to date."""

APPLICATION_ID = 0x4C75614D
"""``PRAGMA application_id``, by which ``file`` and luahost know its own files: ``LuaM``."""

_SCHEMA = (
    """
    CREATE TABLE metadata (
        user TEXT NOT NULL,
        mailbox TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (user, mailbox, key)
    )
    """,
)

_LAYOUT = Layout(application_id=APPLICATION_ID, version=SCHEMA_VERSION, schema=_SCHEMA)

_TEXT = "CAST(? AS TEXT)"  # of bytes: SQLite takes them as they are, be they UTF-8 or not
_OF_MAILBOX = f"user = {_TEXT} AND mailbox = {_TEXT}"
_OF_ENTRY = f"{_OF_MAILBOX} AND key = {_TEXT}"

_Rows = list[tuple[bytes, ...]]


class SqliteMetadata:
    """
    A :class:`~luahost.store.metadata.MetadataStore` in a file. Threads may share it, and it survives fork.

    Args:
        path: The file; made at the first change.

    Raises:
        InputError: From every method: the file is a folder, no SQLite database, somebody else's, of a
            newer luahost, not to be written to, or the disk is full.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        # By process: a connection must not be used after fork, and not closed either.
        self._connections: dict[int, sqlite3.Connection] = {}
        self._locks: dict[int, threading.RLock] = {}

    def get(self, user: str, mailbox: str, key: str) -> str | None:
        """
        See :meth:`~luahost.store.metadata.MetadataStore.get`.
        """
        rows = self._read(f"SELECT value FROM metadata WHERE {_OF_ENTRY}", user, mailbox, key)
        return to_text(rows[0][0]) if rows else None

    def set(self, user: str, mailbox: str, key: str, value: str) -> None:
        """
        See :meth:`~luahost.store.metadata.MetadataStore.set`.
        """
        texts = ", ".join([_TEXT] * 4)
        with self._change() as database:
            database.execute(
                f"INSERT OR REPLACE INTO metadata (user, mailbox, key, value) VALUES ({texts})",
                _bytes(user, mailbox, key, value),
            )

    def unset(self, user: str, mailbox: str, key: str) -> None:
        """
        See :meth:`~luahost.store.metadata.MetadataStore.unset`.
        """
        if self._absent:
            return
        with self._change() as database:
            database.execute(f"DELETE FROM metadata WHERE {_OF_ENTRY}", _bytes(user, mailbox, key))

    def list(self, user: str, mailbox: str, prefix: str = "") -> Mapping[str, str]:
        """
        See :meth:`~luahost.store.metadata.MetadataStore.list`.
        """
        rows = self._read(f"SELECT key, value FROM metadata WHERE {_OF_MAILBOX} ORDER BY key", user, mailbox)
        entries = {to_text(key): to_text(value) for key, value in rows}
        return {key: value for key, value in entries.items() if key.startswith(prefix)}

    def rename(self, user: str, mailbox: str, to: str) -> None:
        """
        See :meth:`~luahost.store.metadata.MetadataStore.rename`.
        """
        if mailbox == to or self._absent:
            return
        with self._change() as database:
            database.execute(f"DELETE FROM metadata WHERE {_OF_MAILBOX}", _bytes(user, to))
            database.execute(
                f"UPDATE metadata SET mailbox = {_TEXT} WHERE {_OF_MAILBOX}", _bytes(to, user, mailbox)
            )

    def delete(self, user: str, mailbox: str) -> None:
        """
        See :meth:`~luahost.store.metadata.MetadataStore.delete`.
        """
        if self._absent:
            return
        with self._change() as database:
            database.execute(f"DELETE FROM metadata WHERE {_OF_MAILBOX}", _bytes(user, mailbox))

    def close(self) -> None:
        """
        Let the file go. What is used afterwards opens it again.
        """
        with self._lock, errors(self.path):
            connection = self._connections.pop(os.getpid(), None)
            if connection is not None:
                connection.close()

    def check(self) -> None:
        """
        Make sure that the file can be read, if it is there; for those who want to know before they begin.

        Raises:
            InputError: It cannot.
        """
        folder = os.path.dirname(os.path.abspath(self.path))
        if self._absent and not os.path.isdir(folder):
            raise InputError(f"there is no folder {folder} for this database", file=self.path)
        self._read("SELECT 1 FROM metadata LIMIT 1")

    @property
    def _absent(self) -> bool:
        # What is not there has nothing to read or to remove, and is not made for that.
        return os.getpid() not in self._connections and not is_there(self.path)

    @property
    def _lock(self) -> threading.RLock:
        # One that another thread held at the fork is held for ever in the child, so each has its own.
        return self._locks.setdefault(os.getpid(), threading.RLock())

    def _read(self, query: str, *texts: str) -> _Rows:
        with self._lock, errors(self.path):
            return [] if self._absent else self._connection().execute(query, _bytes(*texts)).fetchall()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock, errors(self.path):
            connection = self._connection()
            with transaction(connection):
                yield connection

    def _connection(self) -> sqlite3.Connection:
        if os.getpid() not in self._connections:
            self._connections[os.getpid()] = opened(self.path, _LAYOUT)
        return self._connections[os.getpid()]


def _bytes(*texts: str) -> tuple[bytes, ...]:
    return tuple(map(to_bytes, texts))

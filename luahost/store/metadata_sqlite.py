"""
METADATA in an SQLite file: what stays from run to run, shared by any number of processes and threads.

The file is made at the first change, readable and writable for its owner only; until then it is as if
it were there and empty. Each change is one transaction, and readers do not wait for writers
(write-ahead log). Names, keys and values are TEXT with the bytes that Dovecot would have, so that
``sqlite3`` shows them. Not for network file systems, which SQLite cannot lock.

sqlite3 is imported here and in ``server/spool/``, and nowhere else.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from luahost.errors import InputError

SCHEMA_VERSION = 1
"""``PRAGMA user_version`` of the file. A newer luahost brings an older file up to date."""

APPLICATION_ID = 0x4C75614D
"""``PRAGMA application_id``, by which ``file`` and luahost know its own files: ``LuaM``."""

TIMEOUT_SECONDS = 30.0
"""How long a change waits for those of others."""

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
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)

_TEXT = "CAST(? AS TEXT)"  # of bytes: SQLite takes them as they are, be they UTF-8 or not
_OF_MAILBOX = f"user = {_TEXT} AND mailbox = {_TEXT}"
_OF_ENTRY = f"{_OF_MAILBOX} AND key = {_TEXT}"

_REASONS = {
    "SQLITE_NOTADB": "this is no SQLite database",
    "SQLITE_CORRUPT": "this SQLite database is damaged",
    "SQLITE_BUSY": f"another process has kept this database for {TIMEOUT_SECONDS:.0f} seconds",
    "SQLITE_READONLY": "this database may not be written to: its file or folder is read-only",
    "SQLITE_CANTOPEN": "this database cannot be opened; may you read and write it and its folder?",
    "SQLITE_PERM": "this database cannot be opened; may you read and write it and its folder?",
    "SQLITE_FULL": "the disk is full",
}
"""By SQLite's error; of an extended one (``SQLITE_READONLY_DBMOVED``) the beginning."""

_Rows = list[tuple[bytes, ...]]

# POSIX locks are the process's: closing a file drops those that SQLite has on it. So no thread opens
# the file with SQLite while another one makes it.
_opening = threading.Lock()


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
        return _text(rows[0][0]) if rows else None

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
        entries = {_text(key): _text(value) for key, value in rows}
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
        with self._lock, self._errors():
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
        if not os.path.isdir(folder):
            raise InputError(f"there is no folder {folder} for this database", file=self.path)
        self._read("SELECT 1 FROM metadata LIMIT 1")

    @property
    def _absent(self) -> bool:
        # What is not there has nothing to read or to remove, and is not made for that.
        return os.getpid() not in self._connections and not os.path.exists(self.path)

    @property
    def _lock(self) -> threading.RLock:
        # One that another thread held at the fork is held for ever in the child, so each has its own.
        return self._locks.setdefault(os.getpid(), threading.RLock())

    def _read(self, query: str, *texts: str) -> _Rows:
        with self._lock, self._errors():
            return [] if self._absent else self._connection().execute(query, _bytes(*texts)).fetchall()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._errors():
            connection = self._connection()
            with _transaction(connection):
                yield connection

    def _connection(self) -> sqlite3.Connection:
        if os.getpid() not in self._connections:
            with _opening:
                self._connections[os.getpid()] = self._opened()
        return self._connections[os.getpid()]

    def _opened(self) -> sqlite3.Connection:
        if os.path.isdir(self.path):
            raise InputError("a database is a file, and this is a folder", file=self.path)
        self._make_file()
        connection = sqlite3.connect(
            # As a path it is no name of SQLite's own, such as :memory:.
            os.path.abspath(self.path),
            timeout=TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.text_factory = bytes
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_file(self) -> None:
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise InputError(f"this database cannot be made: {error.strerror}", file=self.path) from None

    def _prepare(self, connection: sqlite3.Connection) -> None:
        with _transaction(connection, "DEFERRED"):
            version = self._version(connection)
        if version == 0:
            with _transaction(connection):
                # Somebody else may have been faster.
                if self._version(connection) == 0:
                    for statement in _SCHEMA:
                        connection.execute(statement)
        # Only the file's first connection can change this, and nothing but speed hangs on it.
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != b"wal":
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")

    def _version(self, connection: sqlite3.Connection) -> int:
        """
        The schema's version, 0 if there is none yet. In a transaction, as it takes several looks.

        Raises:
            InputError: It is newer than this luahost, or the file is somebody else's.
        """
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        application = int(connection.execute("PRAGMA application_id").fetchone()[0])
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if application != APPLICATION_ID and not (empty and version == 0):
            raise InputError("this SQLite database is not luahost's", file=self.path)
        if version > SCHEMA_VERSION:
            raise InputError(
                f"this database has version {version}, and this luahost knows {SCHEMA_VERSION}: "
                "a newer luahost made it",
                file=self.path,
            )
        return version

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            reason = next((words for begin, words in _REASONS.items() if name.startswith(begin)), None)
            raise InputError(reason or f"SQLite cannot use this database: {error}", file=self.path) from error


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    # A deferred transaction that has read could not go on to write once others have written.
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _bytes(*texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode("utf-8", "surrogateescape") for text in texts)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")

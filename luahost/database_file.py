"""
An SQLite file of luahost's own: made, recognised, opened; its errors in words for whoever can act.

The file is made readable and writable for its owner only. ``PRAGMA application_id`` tells luahost's files
from others, ``PRAGMA user_version`` its versions from each other. Text goes in and comes out as the bytes
it is, be they UTF-8 or not (:func:`to_bytes`, :func:`to_text`). Not for network file systems, which SQLite
cannot lock. What is in the file is the business of ``store/`` and ``server/``.
"""

from __future__ import annotations

import os
import pwd
import sqlite3
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from luahost.dataclass import dataclass
from luahost.errors import InputError

TIMEOUT_SECONDS = 30.0
"""How long a change waits for those of others."""

_REASONS = {
    "SQLITE_NOTADB": "this is no SQLite database",
    "SQLITE_CORRUPT": (
        "this SQLite database is damaged: put a backup in its place, or move it away and it is made anew"
    ),
    "SQLITE_BUSY": f"another process has kept this database for {TIMEOUT_SECONDS:.0f} seconds",
    "SQLITE_READONLY": "this database may not be written to: its file or folder is read-only",
    "SQLITE_CANTOPEN": "this database cannot be opened; may user {user} read and write it and its folder?",
    "SQLITE_PERM": "this database cannot be opened; may user {user} read and write it and its folder?",
    "SQLITE_FULL": "the disk is full",
}
"""By SQLite's error; of an extended one (``SQLITE_READONLY_DBMOVED``) the beginning."""

# POSIX locks are the process's: closing a file drops those that SQLite has on it. So no thread opens
# the file with SQLite while another one makes it.
_opening = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """
    What a file of one kind holds.

    Attributes:
        application_id: By which ``file`` and luahost know it: ``Lua`` and a letter.

        version: Of the schema; a newer luahost brings an older file up to date.

        schema: The statements that make it.
    """

    application_id: int
    version: int
    schema: Sequence[str]


def is_there(path: str) -> bool:
    """
    Whether there is such a file with something in it. An empty one is as if it were not there: SQLite would
    take it for a database, and whoever only reads is not to make it one.

    Raises:
        InputError: That cannot be seen, or it is no file.
    """
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:
        raise InputError(f"user {_user()} may not enter {_closed_folder(path)}", file=path) from None
    except OSError as error:
        raise InputError(f"this database cannot be looked at: {error.strerror}", file=path) from None
    if stat.S_ISDIR(found.st_mode):
        raise InputError("a database is a file, and this is a folder", file=path)
    if not stat.S_ISREG(found.st_mode):
        raise InputError("a database is a file, and this is a device, a pipe or a socket", file=path)
    return found.st_size > 0


def opened(path: str, layout: Layout) -> sqlite3.Connection:
    """
    A connection to the file, which is made if it is not there. Threads may share it, one at a time.

    Raises:
        InputError: It cannot be made, is no file, is somebody else's, or of another version of luahost.

        sqlite3.Error: SQLite cannot use it; :func:`errors` finds words for that.
    """
    with _opening:
        if not is_there(path):
            _make(path)
        connection = sqlite3.connect(
            # As a path it is no name of SQLite's own, such as :memory:.
            os.path.abspath(path),
            timeout=TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.text_factory = bytes
            _prepare(connection, path, layout)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """
    What is done inside is done together, or not at all.

    Args:
        connection: Where.

        kind: A deferred transaction that has read could not go on to write once others have written.
    """
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def errors(path: str) -> Iterator[None]:
    """
    What SQLite raises inside becomes an :class:`~luahost.errors.InputError` about the file.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise InputError(reason_of(error), file=path) from error


def reason_of(error: sqlite3.Error) -> str:
    """
    What is wrong with a file, in words.
    """
    name = getattr(error, "sqlite_errorname", "")
    words = next((words for begin, words in _REASONS.items() if name.startswith(begin)), None)
    return words.format(user=_user()) if words else f"SQLite cannot use this database: {error}"


def to_bytes(text: str) -> bytes:
    """
    Text for a parameter ``CAST(? AS TEXT)``: SQLite takes bytes as they are, be they UTF-8 or not.
    """
    return text.encode("utf-8", "surrogateescape")


def to_parameter(text: str) -> str | bytearray:
    """
    The same faster: Python's sqlite3 looks for something that turns bytes into what it can use, and for what
    this answers it does not.
    """
    return text if text.isascii() else bytearray(to_bytes(text))


def to_text(value: bytes) -> str:
    """
    Text of a column.
    """
    return value.decode("utf-8", "surrogateescape")


def _user() -> str:
    uid = os.geteuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _closed_folder(path: str) -> str:
    """
    The folder on the way to a file that its user may not enter.
    """
    folder = os.path.dirname(os.path.realpath(path))
    while True:
        try:
            os.stat(folder)
            return folder
        except OSError:
            folder = os.path.dirname(folder)


def _make(path: str) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        # SQLite syncs the folder for files that it makes itself, and this one it finds.
        folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        pass
    except OSError as error:
        raise InputError(f"this database cannot be made: {error.strerror}", file=path) from None


def _prepare(connection: sqlite3.Connection, path: str, layout: Layout) -> None:
    with transaction(connection, "DEFERRED"):
        version = _version(connection, path, layout)
    if version == 0:
        with transaction(connection):
            # Somebody else may have been faster.
            if _version(connection, path, layout) == 0:
                for statement in layout.schema:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {layout.application_id}")
                connection.execute(f"PRAGMA user_version = {layout.version}")
    # Only the file's first connection can change this, and nothing but speed hangs on it.
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != b"wal":
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")


def _version(connection: sqlite3.Connection, path: str, layout: Layout) -> int:
    """
    The schema's version, 0 if there is none yet. In a transaction, as it takes several looks.

    Raises:
        InputError: It is newer or older than what this luahost reads, or the file is somebody else's.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if application != layout.application_id and not (empty and version == 0):
        kin = application >> 8 == layout.application_id >> 8
        what = "is luahost's, but for something else" if kin else "is not luahost's"
        raise InputError(f"this SQLite database {what}", file=path)
    if 0 < version < layout.version:
        raise InputError(
            f"this database has version {version}, of an older luahost, and this one reads {layout.version}: "
            "finish what is in it with the one that made it, and take another file",
            file=path,
        )
    if version > layout.version:
        raise InputError(
            f"this database has version {version}, and this luahost knows {layout.version}: "
            "a newer luahost made it",
            file=path,
        )
    return version

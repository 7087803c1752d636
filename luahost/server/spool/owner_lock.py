"""
One server a spool: the lock that a second one meets.

A POSIX lock, which ends with its process however that ends, and which children do not inherit.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading

from luahost.errors import InputError

_FLOCK = struct.Struct("@hhqqi4x")
"""Linux' ``struct flock`` on 64 bits: kind, whence, start, length, process."""

_held: set[str] = set()
_holding = threading.Lock()


class OwnerLock:
    """
    The right to claim from a spool.

    Args:
        path: The spool's file; the lock is on a file beside it, whose name ends with ``-lock``.

    Raises:
        InputError: Somebody has it, or it cannot be had.
    """

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path) + "-lock"
        # Within a process POSIX locks keep nobody out, and closing the file would drop them.
        with _holding:
            if self._path in _held:
                raise InputError("this process has this spool open already", file=path)
            self._file = _locked(self._path, path)
            _held.add(self._path)

    def release(self) -> None:
        """
        Give it up, once.
        """
        with _holding:
            if self._path in _held:
                os.close(self._file)
                _held.remove(self._path)


def owner_of(path: str) -> int | None:
    """
    The process that works on a spool; None if there is none. Nothing is locked to find that out.

    Args:
        path: The spool's file.

    Raises:
        InputError: The lock cannot be looked at.
    """
    lock = os.path.realpath(path) + "-lock"
    with _holding:
        # Closing the file would drop our own lock.
        if lock in _held:
            return os.getpid()
        try:
            with open(lock, "rb") as file:
                asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
                kind, _, _, _, owner = _FLOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, asked))
        except FileNotFoundError:
            return None
        except OSError as error:
            words = f"its lock {lock} cannot be looked at: {error.strerror}"
            raise InputError(words, file=path) from None
    return None if kind == fcntl.F_UNLCK else int(owner)


def _locked(lock: str, path: str) -> int:
    folder = os.path.dirname(lock)
    if not os.path.isdir(folder):
        raise InputError(f"there is no folder {folder} for this spool", file=path)
    try:
        file = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputError(f"its lock {lock} cannot be made: {error.strerror}", file=path) from None
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.pread(file, 20, 0).decode("ascii", "replace").strip()
        os.close(file)
        raise InputError(f"another luahost works on this spool, process {owner or '?'}", file=path) from None
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return file

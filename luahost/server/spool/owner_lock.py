"""
One server a spool: the lock that a second one meets.

A POSIX lock, which ends with its process however that ends, and which children do not inherit.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading

from luahost.dataclass import dataclass
from luahost.errors import InputError, SpoolError

_FLOCK = struct.Struct("@hhqqi4x")
"""Linux' ``struct flock`` on 64 bits: kind, whence, start, length, process."""

MOST_SAID = 40
"""Bytes that the lock's file has at most."""

_ENDING = b"ends"
"""What the lock's file says after the process's number, once that begins nothing more."""

_held: dict[str, OwnerLock] = {}
_holding = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """
    Who works on a spool.

    Attributes:
        process: The process.

        ending: Whether it begins nothing more, and only finishes what runs.
    """

    process: int
    ending: bool


class OwnerLock:
    """
    The right to claim from a spool.

    Args:
        path: The spool's file; the lock is on a file beside it, whose name ends with ``-lock``.

    Raises:
        InputError: Somebody has it, or it cannot be had.
    """

    def __init__(self, path: str) -> None:
        self._spool = path
        self._path = os.path.realpath(path) + "-lock"
        # Within a process POSIX locks keep nobody out, and closing the file would drop them.
        with _holding:
            if self._path in _held:
                raise InputError("this process has this spool open already", file=path)
            self._file = _locked(self._path, path)
            self._ending = False
            _held[self._path] = self

    def say_ending(self) -> None:
        """
        Let others know that this process begins nothing more.
        """
        with _holding:
            if not self._ending and self._path in _held:
                self._ending = True
                _say(self._file, _ENDING)

    def check(self) -> None:
        """
        See that nobody else can have it: whoever removes the lock's file, taking it for an old one, lets
        others in. It is made again, if nobody came.

        Raises:
            InputError: Somebody did, or it cannot be made; or, a ``SpoolError``, looked at.
        """
        with _holding:
            if self._path not in _held or identity_of(self._path) == identity_of(self._file):
                return
            file = _locked(self._path, self._spool)
            os.close(self._file)
            self._file = file
            if self._ending:
                _say(file, _ENDING)

    @property
    def owner(self) -> Owner:
        """
        Who has it: this process.
        """
        return Owner(process=os.getpid(), ending=self._ending)

    def release(self) -> None:
        """
        Give it up, once.
        """
        with _holding:
            if self._path in _held:
                os.close(self._file)
                del _held[self._path]


def owner_of(path: str) -> Owner | None:
    """
    Who works on a spool; None if nobody does. Nothing is locked to find that out.

    Args:
        path: The spool's file.

    Raises:
        InputError: The lock cannot be looked at.
    """
    lock = os.path.realpath(path) + "-lock"
    with _holding:
        # Closing the file would drop our own lock.
        if lock in _held:
            return _held[lock].owner
        try:
            with open(lock, "rb") as file:
                asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
                kind, _, _, _, process = _FLOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, asked))
                said = file.read(MOST_SAID)
        except FileNotFoundError:
            return None
        except OSError as error:
            words = f"its lock {lock} cannot be looked at: {error.strerror}"
            raise InputError(words, file=path) from None
    return None if kind == fcntl.F_UNLCK else Owner(process=int(process), ending=_ENDING in said)


def identity_of(file: str | int) -> tuple[int, int] | None:
    """
    Which file has this path or descriptor, whatever else has had the path before; None if there is none.

    Raises:
        SpoolError: That cannot be seen.
    """
    try:
        found = os.stat(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SpoolError(f"{file}: it cannot be looked at: {error.strerror}") from None
    return found.st_dev, found.st_ino


def _locked(lock: str, path: str) -> int:
    try:
        file = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"there is no folder {os.path.dirname(lock)} for this spool", file=path) from None
    except OSError as error:
        raise InputError(f"its lock {lock} cannot be made: {error.strerror}", file=path) from None
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        process, _, ending = os.pread(file, MOST_SAID, 0).decode("ascii", "replace").strip().partition(" ")
        os.close(file)
        words = f"another luahost works on this spool, process {process or '?'}"
        raise InputError(f"{words}, which is ending" if ending else words, file=path) from None
    try:
        os.ftruncate(file, 0)
        _say(file)
    except OSError as error:
        os.close(file)
        raise InputError(f"its lock {lock} cannot be written: {error.strerror}", file=path) from None
    return file


def _say(file: int, *more: bytes) -> None:
    """
    Write into the lock's file who has it, for people and for :func:`owner_of`.
    """
    os.pwrite(file, b" ".join([str(os.getpid()).encode(), *more]) + b"\n", 0)

"""
The disk that the spool is on: whether it keeps what it is given, has room, and is fast enough.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator

from luahost import patterns
from luahost.doctor.check import Check, Subject

MEASURED_SECONDS = 0.25
BLOCK_BYTES = 4096

SLOW_RATE = 50
"""Waits for the disk in a second. Fewer mean that a client waits for tens of milliseconds."""

LITTLE_BYTES = 1024**3
LEAST_BYTES = 64 * 1024**2

FORGETFUL = {"tmpfs", "ramfs"}
"""File systems that are empty after a power failure."""

NETWORKED = {"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs"}
"""File systems on which SQLite's write-ahead log does not work: it needs memory that is shared."""

_ESCAPED = patterns.compile(r"\\([0-7]{3})")

_DISK = Subject("disk")


def disk_checks(folder: str) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        folder: Where the spool is; nothing stays there.
    """
    if not os.path.isdir(folder):
        return
    yield kind_check(folder, file_system(folder))
    found = os.statvfs(folder)
    yield room_check(folder, found.f_bavail * found.f_frsize)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield _DISK.warn(
            "speed", f"not measured: you may not write to {folder}", "ask as root or as the server's user"
        )
        return
    try:
        yield speed_check(waits_per_second(folder))
    except OSError as error:
        yield _DISK.fail("speed", f"{folder} cannot be written: {error.strerror}", "see to the disk")


def file_system(folder: str, mounts: str = "/proc/self/mounts") -> str:
    """
    The kind of file system that a folder is on, as the kernel calls it; "" where it does not say.
    """
    place, best, kind = os.path.realpath(folder), "", ""
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                _, point, found, *_ = line.split(" ")
                # Blanks and the like are written as in C.
                point = _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), point)
                inside = place == point or place.startswith(point.rstrip("/") + "/")
                if inside and len(point) >= len(best):
                    best, kind = point, found
    except OSError:
        return ""
    return kind


def kind_check(folder: str, kind: str) -> Check:
    """
    Whether a spool can be on a file system of this kind.
    """
    if kind in NETWORKED:
        return _DISK.fail(
            "kind",
            f"{folder} is on {kind}, where SQLite loses data",
            "put the spool on a disk of this machine",
        )
    if kind in FORGETFUL:
        return _DISK.warn(
            "kind", f"{folder} is on {kind}, which is empty after a restart", "put the spool on a disk"
        )
    return _DISK.ok("kind", kind or "unknown")


def room_check(folder: str, free_bytes: int) -> Check:
    """
    Whether there is room for transactions that wait.
    """
    words = f"{free_bytes / 1024**2:,.0f} MB free in {folder}"
    if free_bytes < LEAST_BYTES:
        return _DISK.fail("room", words, "make room: nothing is taken in when the disk is full")
    if free_bytes < LITTLE_BYTES:
        return _DISK.warn("room", words, "some 2 KB are needed for each transaction that waits or is kept")
    return _DISK.ok("room", words)


def waits_per_second(folder: str, seconds: float = MEASURED_SECONDS) -> float:
    """
    How often in a second the disk takes 4 KB for good (``fdatasync``).

    Raises:
        OSError: It takes nothing.
    """
    count, block, began = 0, bytes(BLOCK_BYTES), time.perf_counter()
    with tempfile.TemporaryFile(dir=folder, prefix=".luahost-doctor-") as file:
        while not count or time.perf_counter() - began < seconds:
            os.write(file.fileno(), block)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - began)


def speed_check(rate: float) -> Check:
    """
    Whether a disk is fast enough: each batch of transactions waits for it once.
    """
    words = f"{rate:,.0f} fdatasync a second"
    if rate < SLOW_RATE:
        return _DISK.warn(
            "speed", words, "clients wait for the disk at each batch: a faster one, or fewer neighbours"
        )
    return _DISK.ok("speed", words)

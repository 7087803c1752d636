"""
A disk without room, as far as a spool's file goes.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def no_room(file: Path, spare_bytes: int) -> Iterator[None]:
    """
    Let the write-ahead log grow by so much and no more: beyond it a write fails as on a full disk.
    """
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = file.with_name(f"{file.name}-wal").stat().st_size
    # Python ignores the signal that a process gets as well.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + spare_bytes, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

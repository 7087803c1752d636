"""
Files that are written whole or not at all.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_ENDING = {signal.SIGINT, signal.SIGTERM}
"""With these people end commands, which otherwise hear nothing of it."""


def write_whole(path: str, data: bytes, mode: int | None = None) -> None:
    """
    Put a file in a place: whoever opens it finds what was there before, or all of this. Nothing is left
    beside it, whatever fails, and also where somebody ends the command meanwhile.

    Args:
        path: The place; what a link there leads to is replaced, and not the link.

        data: What is to be in it.

        mode: Its mode; None for that of any new file.

    Raises:
        OSError: It cannot be written; all is as it was.
    """
    path = os.path.realpath(path)
    new = os.path.join(os.path.dirname(path), f".luahost-{os.urandom(6).hex()}")
    with _undisturbed():
        file = open(new, "xb")  # noqa: SIM115  what is left of it is removed
        try:
            with file:
                file.write(data)
            if mode is not None:
                os.chmod(new, mode)
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

"""
What is done to any number of transactions, some hundred at a time: so that the disk is not waited for at each
of them, and a running server not for long. Ctrl-C ends between two times.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

AT_ONCE = 250
"""How many at a time."""


@contextlib.contextmanager
def parts(ids: Sequence[str]) -> Iterator[Iterator[Sequence[str]]]:
    """
    The ids, some at a time and none of them twice at the same time, until Ctrl-C. What was done to those that
    came is told inside; then the process ends by the signal, as ever. A second Ctrl-C ends it at once.
    """
    interrupted = False

    def interrupt(number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(number, signal.SIG_DFL)

    def some() -> Iterator[Sequence[str]]:
        part: dict[str, None] = {}
        for id in ids:
            if len(part) == AT_ONCE or id in part:
                yield list(part)
                part = {}
            if interrupted:
                return
            part[id] = None
        if part:
            yield list(part)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield some()
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        print("luahost: interrupted", file=sys.stderr)
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)

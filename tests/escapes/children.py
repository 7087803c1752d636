"""
Attempts run in children, which may hang or crash: they are forked, watched and killed.

A child makes one attempt, or several one after the other if those do not run in its own process.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.escapes.outcome import CRASHED, HUNG, Outcome

K = TypeVar("K")
Work = tuple[K, Callable[[], Outcome]]

PATIENCE_SECONDS = 8.0
"""After this a child is taken for hung; limits strike after half a second."""


@dataclass
class Child(Generic[K]):
    """
    A child at work.

    Attributes:
        work: What it has not done yet.

        said: The beginning of its next outcome.
    """

    work: list[Work[K]]
    process: int
    pipe: int
    deadline: float
    said: bytes = b""


def outcomes(
    work: Iterable[Work[K]], *, jobs: int, patience: float = PATIENCE_SECONDS, together: int = 1
) -> Iterator[tuple[K, Outcome]]:
    """
    The outcomes, as they come; ``jobs`` children at a time, with so many attempts each. Not from a process
    with threads.
    """
    waiting = iter(work)
    interrupted: list[Work[K]] = []
    running: dict[int, Child[K]] = {}
    while True:
        while len(running) < jobs:
            items = interrupted or list(itertools.islice(waiting, together))
            if not items:
                break
            interrupted = []
            child = forked(items, patience=patience)
            running[child.pipe] = child
        if not running:
            return
        soonest = min(child.deadline for child in running.values())
        readable, _, _ = select.select(list(running), [], [], max(soonest - time.monotonic(), 0))
        for pipe in readable:
            child = running[pipe]
            if piece := os.read(pipe, 65536):
                yield from heard(child, piece, patience=patience)
                continue
            problem = ended(running.pop(pipe))
            if child.work:
                (key, _), *left = child.work
                interrupted += left
                yield key, problem
        now = time.monotonic()
        for child in [each for each in running.values() if each.deadline <= now]:
            os.kill(child.process, signal.SIGKILL)
            ended(running.pop(child.pipe))
            (key, _), *left = child.work
            interrupted += left
            yield key, Outcome(HUNG, f"after {patience:g} s")


def forked(work: Sequence[Work[K]], *, patience: float) -> Child[K]:
    """
    A child that makes these attempts and says what came of each.
    """
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            os.close(ours)
            for _, attempt in work:
                said = json.dumps(attempt().as_json()).encode() + b"\n"
                while said:
                    said = said[os.write(theirs, said) :]
            code = 0
        finally:
            os._exit(code)
    os.close(theirs)
    return Child(list(work), process, ours, time.monotonic() + patience)


def heard(child: Child[K], piece: bytes, *, patience: float) -> Iterator[tuple[K, Outcome]]:
    """
    The outcomes that are whole with what a child says now.
    """
    *lines, child.said = (child.said + piece).split(b"\n")
    for line in lines:
        key, _ = child.work.pop(0)
        child.deadline = time.monotonic() + patience
        yield key, Outcome(**json.loads(line))


def ended(child: Child[K]) -> Outcome:
    """
    How a child died that has not said all.
    """
    os.close(child.pipe)
    _, status = os.waitpid(child.process, 0)
    code = os.waitstatus_to_exitcode(status)
    return Outcome(CRASHED, signal.Signals(-code).name if code < 0 else f"exit code {code}")

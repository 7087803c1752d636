"""
Every attempt runs in a child of its own, which may hang or crash: it is forked, watched and killed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.escapes.outcome import CRASHED, HUNG, Outcome

K = TypeVar("K")

PATIENCE_SECONDS = 8.0
"""After this a child is taken for hung; limits strike after half a second."""


@dataclass
class Child(Generic[K]):
    """
    A child at work.
    """

    key: K
    process: int
    pipe: int
    deadline: float
    said: bytes = b""


def outcomes(
    work: Iterable[tuple[K, Callable[[], Outcome]]], *, jobs: int, patience: float = PATIENCE_SECONDS
) -> Iterator[tuple[K, Outcome]]:
    """
    The outcomes, as they come; ``jobs`` at a time. Not from a process with threads.
    """
    waiting = iter(work)
    running: dict[int, Child[K]] = {}
    while True:
        while len(running) < jobs:
            item = next(waiting, None)
            if item is None:
                break
            child = forked(*item, patience=patience)
            running[child.pipe] = child
        if not running:
            return
        soonest = min(child.deadline for child in running.values())
        readable, _, _ = select.select(list(running), [], [], max(soonest - time.monotonic(), 0))
        for pipe in readable:
            child = running[pipe]
            piece = os.read(pipe, 65536)
            child.said += piece
            if not piece:
                yield child.key, ended(running.pop(pipe))
        now = time.monotonic()
        for child in [each for each in running.values() if each.deadline <= now]:
            os.kill(child.process, signal.SIGKILL)
            ended(running.pop(child.pipe))
            yield child.key, Outcome(HUNG, f"after {patience:g} s")


def forked(key: K, attempt: Callable[[], Outcome], *, patience: float) -> Child[K]:
    """
    A child that makes the attempt and says what came of it.
    """
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            os.close(ours)
            said = json.dumps(attempt().as_json()).encode()
            while said:
                said = said[os.write(theirs, said) :]
            code = 0
        finally:
            os._exit(code)
    os.close(theirs)
    return Child(key, process, ours, time.monotonic() + patience)


def ended(child: Child[K]) -> Outcome:
    """
    What an ended child has said, or how it died.
    """
    os.close(child.pipe)
    _, status = os.waitpid(child.process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return Outcome(CRASHED, signal.Signals(-code).name)
    if code > 0 or not child.said:
        return Outcome(CRASHED, f"exit code {code}")
    return Outcome(**json.loads(child.said))

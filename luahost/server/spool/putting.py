"""
What becomes of several things that are asked for at once: one future for the futures of all, and back.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TypeVar

from luahost.errors import LuahostError

T = TypeVar("T")

Kept = list[str] | LuahostError
"""What became of a batch: the ids of its transactions, or why it was not kept."""


def each_of(asked: Sequence[Future[T]]) -> Future[list[T | LuahostError]]:
    """
    What becomes of each, once that is known of all. An error that is none of luahost's own is the whole
    future's.
    """
    whole: Future[list[T | LuahostError]] = Future()
    whole.set_running_or_notify_cancel()
    lock, left = threading.Lock(), len(asked)

    def one_done(done: Future[T]) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left:
                return
        try:
            whole.set_result([*map(_outcome, asked)])
        except Exception as fault:  # noqa: BLE001  whoever waits hears of it
            whole.set_exception(fault)

    for each in asked:
        each.add_done_callback(one_done)
    if not asked:
        whole.set_result([])
    return whole


def one_of(asked: Future[list[T | LuahostError]]) -> Future[T]:
    """
    What becomes of the one thing that was asked for.
    """
    only: Future[T] = Future()
    only.set_running_or_notify_cancel()

    def done(whole: Future[list[T | LuahostError]]) -> None:
        failure = whole.exception()
        [found] = whole.result() if failure is None else [failure]
        if isinstance(found, BaseException):
            only.set_exception(found)
        else:
            only.set_result(found)

    asked.add_done_callback(done)
    return only


def _outcome(done: Future[T]) -> T | LuahostError:
    try:
        return done.result()
    except LuahostError as refusal:
        return refusal

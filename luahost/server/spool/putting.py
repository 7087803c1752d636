"""
What becomes of several batches that are put at once: one future for the futures of all.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future

from luahost.errors import LuahostError

Kept = list[str] | LuahostError
"""What became of a batch: the ids of its transactions, or why it was not kept."""


def each_of(puts: Sequence[Future[list[str]]]) -> Future[list[Kept]]:
    """
    What becomes of each, once that is known of all. An error that is none of luahost's own is the whole
    future's.
    """
    whole: Future[list[Kept]] = Future()
    whole.set_running_or_notify_cancel()
    lock, left = threading.Lock(), len(puts)

    def one_done(done: Future[list[str]]) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left:
                return
        try:
            whole.set_result([_kept(put) for put in puts])
        except Exception as fault:  # noqa: BLE001  whoever waits hears of it
            whole.set_exception(fault)

    for put in puts:
        put.add_done_callback(one_done)
    if not puts:
        whole.set_result([])
    return whole


def _kept(put: Future[list[str]]) -> Kept:
    try:
        return put.result()
    except LuahostError as refusal:
        return refusal

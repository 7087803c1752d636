"""
The zygote: a small process with a Lua state of each kind ready, which it forks into a worker when asked.

Forking the host itself would be slow, unsafe next to threads, and give every worker a copy of the host's
secrets. The zygote has none: it starts with an empty environment and no descriptor but its socket to the
host, runs no script, and ends when the host does. Its workers end with it.

Its host's side is ``zygote_process.py``. Commands, one packet each:

* ``FORK`` (what kind of worker) with the worker's ends of its sockets. The worker itself answers there.
* ``END`` (process id): kill that worker if it lives, and wait for it.
* ``DEATH`` (process id): the same, and answer ``ENDED`` (its exit status).
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from luahost.runtime import worker
from luahost.runtime.channel import FAILED, WorkerEnd
from luahost.runtime.chunks import preload
from luahost.runtime.codec import decode, encode
from luahost.runtime.worker import Order, Worker

FORK, END, DEATH, STARTED, ENDED = 31, 32, 33, 34, 35

MOST_TEMPLATES = 16
"""Kinds of workers whose template is kept, the ones made last: half a megabyte each."""

PACKET = 4096
"""Bytes of the longest command."""

MOST_SOCKETS = 253
"""That one command can carry (``SCM_MAX_FD``)."""

Life = Callable[[list[int], int], None]
"""What a worker does, given its ends of sockets and its zygote's process."""


def main(descriptor: int) -> None:
    """
    Serve until the host is gone.
    """
    templates: dict[Order, Worker] = {}

    def ready(values: list[Any]) -> Life:
        template = _template(Order.of(values), templates)
        return lambda descriptors, host: worker.main(template, descriptors[0], host)

    serve(descriptor, ready)


def serve(descriptor: int, ready: Callable[[list[Any]], Life]) -> None:
    """
    Serve until the host is gone, as a zygote of any kind.

    Args:
        descriptor: The socket to the host.

        ready: Makes a kind of worker ready; what it is stands in the values of the command.
    """
    control = socket.socket(fileno=descriptor)
    preload()
    # Lua asks for the time zone, which is read from a file once.
    time.tzset()
    control.sendall(encode(STARTED, ()))
    # From here on nobody reads what is written there.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)
    children: set[int] = set()
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, PACKET, MOST_SOCKETS)
        if not packet:
            return
        kind, values = decode(packet)
        if kind == FORK:
            children |= _forked(control, descriptors, lambda: ready(values))  # noqa: B023  called at once
            continue
        status = _ended(children, values[0])
        if kind == DEATH:
            control.sendall(encode(ENDED, (status,)))


def _forked(control: socket.socket, descriptors: list[int], ready: Callable[[], Life]) -> set[int]:
    """
    Start a worker on these sockets. If there can be none the first one says why, or is closed.
    """
    host = os.getpid()
    try:
        live = ready()
        child = os.fork()
    except Exception as problem:  # noqa: BLE001  the host has to hear of it, whatever it is
        WorkerEnd(descriptors[0]).send(FAILED, (worker.words(problem),))
        started: set[int] = set()
    else:
        started = {child}
        if child == 0:
            try:
                control.detach()
                live(descriptors, host)
            finally:
                os._exit(70)
    for each in descriptors:
        os.close(each)
    return started


def _template(order: Order, templates: dict[Order, Worker]) -> Worker:
    """
    The worker of this kind that is forked and runs no script itself.
    """
    if order not in templates:
        while len(templates) >= MOST_TEMPLATES:
            del templates[next(iter(templates))]
        templates[order] = Worker(order)
        # Objects that no collection touches keep their pages shared.
        gc.collect()
        gc.freeze()
    return templates[order]


def _ended(children: set[int], child: int) -> int:
    """
    The exit status of a worker, negative for a signal as in ``subprocess``; it is killed if it still runs.
    """
    if child not in children:
        return 0
    children.remove(child)
    # It stays there until it is waited for, so this is no other process.
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

"""
The zygote: a small process that has luahost's Lua and lupa in memory and forks a worker when asked.

Forking the host itself would be slow, unsafe next to threads, and give every worker a copy of the host's
secrets. The zygote has none: it starts with an empty environment and no descriptor but its socket to the
host, runs no script, and ends when the host does. Its workers end with it.

Its host's side is ``workers.py``. Commands, one packet each:

* ``FORK`` (Lua version, limits…) with the worker's end of a socket. The worker itself answers there.
* ``END`` (process id): kill that worker if it lives, and wait for it.
* ``DEATH`` (process id): the same, and answer ``ENDED`` (its exit status).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys

from luahost.runtime import worker
from luahost.runtime.chunks import preload
from luahost.runtime.codec import decode, encode
from luahost.runtime.versions import LUA_VERSIONS

FORK, END, DEATH, STARTED, ENDED = 31, 32, 33, 34, 35

PACKET = 4096
"""Bytes of the longest command."""


def main(descriptor: int) -> None:
    """
    Serve until the host is gone.
    """
    control = socket.socket(fileno=descriptor)
    preload()
    control.sendall(encode(STARTED, ()))
    # From here on nobody reads what is written there.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)
    children: set[int] = set()
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, PACKET, 1)
        if not packet:
            return
        kind, values = decode(packet)
        if kind == FORK:
            children |= _forked(control, descriptors[0], values)
        else:
            status = _ended(children, values[0])
            if kind == DEATH:
                control.sendall(encode(ENDED, (status,)))


def _forked(control: socket.socket, descriptor: int, order: list[object]) -> set[int]:
    """
    Start a worker on this socket. If there can be none the socket is closed, which says so.
    """
    module = LUA_VERSIONS[worker.Order.of(order).lua]
    if module not in sys.modules:
        # Imported once for all; the worker says if it cannot be.
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
        # Objects that no collection touches keep their pages shared.
        gc.collect()
        gc.freeze()
    host = os.getpid()
    try:
        child = os.fork()
    except OSError:
        os.close(descriptor)
        return set()
    if child:
        os.close(descriptor)
        return {child}
    try:
        control.detach()
        worker.main(descriptor, host, order)
    finally:
        os._exit(70)


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

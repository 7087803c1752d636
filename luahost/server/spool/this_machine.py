"""
Which machine this is, and which of others is the same: of two containers with one host name neither is taken
for the other.

A machine is a kernel that was started once and one of its PID namespaces. All that runs in a container is in
its namespace, what a health check runs among it, and numbers of processes mean the same there. Where there is
no ``/proc``, and of a luahost that does not say, there is nothing but the host name to go by.
"""

from __future__ import annotations

import functools
import hashlib
import os
import socket
from collections.abc import Sequence
from typing import Protocol

BOOT = "/proc/sys/kernel/random/boot_id"
NAMESPACE = "/proc/self/ns/pid"

_ID_BYTES = 8
_SHOWN = 6
"""How many characters of an id people get to see."""


class Named(Protocol):
    """
    A machine as it tells of itself.

    Attributes:
        name: Its host name.

        id: See :func:`own_id`; None if it does not say.
    """

    @property
    def name(self) -> str: ...

    @property
    def id(self) -> str | None: ...


def own_name() -> str:
    """
    What this machine is called.
    """
    return socket.gethostname()


@functools.cache
def own_id(boot: str = BOOT, namespace: str = NAMESPACE) -> str | None:
    """
    What no other machine has, and this one until it starts again; None if it cannot be known.

    Args:
        boot: The file with a name for the time since the kernel was started.

        namespace: The one whose inode is the PID namespace.
    """
    try:
        with open(boot, "rb") as file:
            started = file.read().strip()
        inode = os.stat(namespace).st_ino
    except OSError:
        return None
    return hashlib.blake2b(b"%s %d" % (started, inode), digest_size=_ID_BYTES).hexdigest()


def is_here(machine: Named) -> bool:
    """
    Whether a machine is this one.
    """
    if machine.id is None or own_id() is None:
        return machine.name == own_name()
    return machine.id == own_id()


def shown_names(machines: Sequence[Named]) -> list[str]:
    """
    What to call each of these before people: by its name, and where another machine has the same one with the
    beginning of its id.
    """
    return [
        machine.name
        if machine.id is None
        or all(machine.id == other.id for other in machines if other.name == machine.name)
        else f"{machine.name} [{machine.id[:_SHOWN]}]"
        for machine in machines
    ]

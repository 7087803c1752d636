"""
Takes from a worker process whatever it does not need: what a script that broke out of Lua would find.

After :func:`lock` the process can read and write the one socket to its host, ask for memory and the time,
and end. Several walls stand behind each other (a closed descriptor table, rlimits, no capabilities,
Landlock, a seccomp filter), because systems differ in which of them they have. What a system lacks is
said in the :class:`LockdownReport`, never passed over.

Linux only, by ctypes: no library is needed, and none has to be trusted.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from collections.abc import Callable, Sequence

from luahost.dataclass import dataclass, field
from luahost.runtime import seccomp

CHANNEL = 0
"""The descriptor of the socket, after :func:`keep_only`."""

CPU_SECONDS = 3600
"""Of a worker's whole life: a second line, should its host be stopped while a script runs."""

ADDRESS_SPACE_BYTES = 256 << 20
"""What the process may take besides the memory that its Lua state may hold."""

COPIES = 4
"""How often a value of a script may be in memory on its way to the host."""

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
SIGKILL = 9

LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446
LANDLOCK_FILES = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights on files Landlock knows, from which version of its ABI on."""

CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class _Impossible(Exception):
    """
    Why a system cannot do it.
    """


@dataclass(frozen=True, slots=True)
class LockdownReport:
    """
    What a lock-down came to.

    Attributes:
        steps: Each wall by name, and why it does not stand; empty if it does.
    """

    steps: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> dict[str, str]:
        """
        The walls that do not stand, and why.
        """
        return {name: problem for name, problem in self.steps.items() if problem}

    def values(self) -> list[bytes]:
        """
        The report as it crosses.
        """
        return [part.encode() for step in self.steps.items() for part in step]

    @staticmethod
    def of(values: Sequence[bytes]) -> LockdownReport:
        """
        The report that crossed so.
        """
        texts = [value.decode("utf-8", "replace") for value in values]
        return LockdownReport(dict(zip(texts[::2], texts[1::2], strict=True)))


def keep_only(descriptor: int) -> None:
    """
    Close every descriptor but this one, which becomes ``CHANNEL``.
    """
    if descriptor != CHANNEL:
        os.dup2(descriptor, CHANNEL)
    os.closerange(CHANNEL + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def close_others(kept: Sequence[int]) -> None:
    """
    Close every descriptor but these.
    """
    end = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    first = 0
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, end)


def lock(
    host: int, memory_bytes: int | None = None, *, start_threads: Callable[[], None] | None = None
) -> LockdownReport:
    """
    Lock this process down, for good.

    Args:
        host: The process that this one was forked from. When it ends, so does this one.

        memory_bytes: What the Lua state may hold; None for no limit.

        start_threads: Starts the threads that the process is to have, for later there can be no more. They
            have to wait until it is locked.
    """

    def limit() -> None:
        if start_threads is not None:
            start_threads()
        _limit(memory_bytes)

    steps: dict[str, Callable[[], None]] = {
        "end with the host": lambda: end_with(host),
        "no capabilities": _drop_capabilities,
        "no new privileges": lambda: _prctl(PR_SET_NO_NEW_PRIVS, 1),
        "no look into memory": lambda: _prctl(PR_SET_DUMPABLE, 0),
        "no files, no TCP (Landlock)": _restrict_files,
        # After Landlock, which needs a descriptor for a moment.
        "limits of the system": limit,
        # Last: it forbids the calls that the others are made of.
        "no other system calls (seccomp)": seccomp.install,
    }
    found = {}
    for name, take in steps.items():
        try:
            take()
        except (_Impossible, OSError, ValueError, NotImplementedError) as problem:
            found[name] = str(problem) or type(problem).__name__
        else:
            found[name] = ""
    return LockdownReport(found)


def end_with(host: int) -> None:
    _prctl(PR_SET_PDEATHSIG, SIGKILL)
    if os.getppid() != host:
        # It was gone before we could ask.
        os._exit(0)


def _limit(memory_bytes: int | None) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    if memory_bytes is not None:
        limits[resource.RLIMIT_AS] = ADDRESS_SPACE_BYTES + COPIES * memory_bytes
    for name, value in limits.items():
        hard = resource.getrlimit(name)[1]
        lower = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (lower, lower))


def _drop_capabilities() -> None:
    number = CAPSET.get(os.uname().machine)
    if number is None:
        raise _Impossible(f"luahost does not know the system calls of {os.uname().machine}")
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    _checked(_libc.syscall(number, header, bytes(24)))


def _restrict_files() -> None:
    version = _libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        raise _Impossible(
            f"this kernel has no Landlock, or it is switched off ({os.strerror(ctypes.get_errno())})"
        )
    files = (1 << LANDLOCK_FILES[max(known for known in LANDLOCK_FILES if known <= version)]) - 1
    network = 3 if version >= 4 else 0
    scoped = 3 if version >= 6 else 0
    rights = struct.pack("=QQQ", files, network, scoped)[: 8 if version < 4 else 16 if version < 6 else 24]
    # A set of rules with no rule in it: nothing of all this is allowed.
    ruleset = _checked(_libc.syscall(LANDLOCK_CREATE_RULESET, rights, ctypes.c_size_t(len(rights)), 0))
    try:
        _checked(_libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    if version < 4:
        raise _Impossible(f"this kernel's Landlock (version {version}) guards files, and not TCP")


def _prctl(option: int, value: int) -> None:
    _checked(
        _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    )


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result

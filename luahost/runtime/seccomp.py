"""
The list of system calls that a worker may make, as the filter that the kernel runs.

An allow-list: reading and writing, memory that is never executable, the time, random numbers, and the end.
What libraries try without harm (to look for a file, to ask for a limit) is refused with an error, so that a
C library or a Python other than the tested ones goes on; any other call ends the process.

The filter is classic BPF, see ``linux/seccomp.h``, ``linux/filter.h``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from luahost.dataclass import dataclass

SET_MODE_FILTER, EVERY_THREAD = 1, 1
KILL_PROCESS, ALLOW, REFUSE = 0x80000000, 0x7FFF0000, 0x00050000 | errno.EPERM

# Offsets in struct seccomp_data, and the third argument: of mmap and mprotect the protection.
NUMBER, ARCHITECTURE, THIRD_ARGUMENT = 0, 4, 16 + 2 * 8
PROT_EXEC = 4

LOAD, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


@dataclass(frozen=True, slots=True)
class Machine:
    """
    System calls of one kind of processor, by number.

    Attributes:
        audit: Its name in the kernel, ``AUDIT_ARCH_…``.

        allowed: Calls that may be made.

        mapping: Calls that may be made without ``PROT_EXEC``.

        refused: Calls that answer ``EPERM``.

        seccomp: The call that puts a filter on.

        other_abi: From this number on calls have another ABI (x32); None if there is none.
    """

    audit: int
    allowed: dict[str, int]
    mapping: dict[str, int]
    refused: dict[str, int]
    seccomp: int
    other_abi: int | None = None


MACHINES = {
    "x86_64": Machine(
        audit=0xC000003E,
        allowed={
            "read": 0, "write": 1, "munmap": 11, "brk": 12, "rt_sigreturn": 15, "sched_yield": 24,
            "mremap": 25, "madvise": 28, "getpid": 39, "exit": 60, "gettimeofday": 96, "gettid": 186,
            "time": 201, "futex": 202, "restart_syscall": 219, "clock_gettime": 228, "exit_group": 231,
            "getrandom": 318,
        },
        mapping={"mmap": 9, "mprotect": 10},
        refused={
            "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8,
            "rt_sigaction": 13, "rt_sigprocmask": 14, "ioctl": 16, "access": 21, "nanosleep": 35,
            "uname": 63, "fcntl": 72, "getcwd": 79, "readlink": 89, "getrlimit": 97, "getrusage": 98,
            "sysinfo": 99, "getdents64": 217, "clock_nanosleep": 230, "openat": 257, "newfstatat": 262,
            "readlinkat": 267, "prlimit64": 302, "statx": 332, "sched_getaffinity": 204,
        },
        seccomp=317,
        other_abi=0x40000000,
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        allowed={
            "read": 63, "write": 64, "exit": 93, "exit_group": 94, "futex": 98, "clock_gettime": 113,
            "sched_yield": 124, "restart_syscall": 128, "rt_sigreturn": 139, "gettimeofday": 169,
            "getpid": 172, "gettid": 178, "brk": 214, "munmap": 215, "mremap": 216, "madvise": 233,
            "getrandom": 278,
        },
        mapping={"mmap": 222, "mprotect": 226},
        refused={
            "getcwd": 17, "fcntl": 25, "ioctl": 29, "faccessat": 48, "openat": 56, "close": 57,
            "getdents64": 61, "lseek": 62, "ppoll": 73, "readlinkat": 78, "newfstatat": 79, "fstat": 80,
            "nanosleep": 101, "clock_nanosleep": 115, "rt_sigaction": 134, "rt_sigprocmask": 135,
            "uname": 160, "getrlimit": 163, "getrusage": 165, "sysinfo": 179, "prlimit64": 261, "statx": 291,
            "sched_getaffinity": 123,
        },
        seccomp=277,
    ),
}  # fmt: skip
"""By the name that ``os.uname`` gives."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install() -> None:
    """
    Put the filter on this process and each of its threads, for good. Only after "no new privileges".

    Raises:
        NotImplementedError: Its processor is none of ``MACHINES``.

        OSError: This kernel has no seccomp, or something does not let it.
    """
    name = os.uname().machine
    if name not in MACHINES or struct.calcsize("P") != 8:
        raise NotImplementedError(f"luahost does not know the system calls of {name}")
    code = program(MACHINES[name])
    filled = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    found = libc.syscall(
        MACHINES[name].seccomp, SET_MODE_FILTER, ctypes.c_ulong(EVERY_THREAD), ctypes.byref(filled)
    )
    if found > 0:
        raise OSError(errno.EBUSY, f"thread {found} did not take the filter")
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def program(machine: Machine) -> bytes:
    """
    The filter for this kind of processor.
    """
    code = [_step(LOAD, ARCHITECTURE), _step(JUMP_EQUAL, machine.audit, 1, 0), _step(RETURN, KILL_PROCESS)]
    code.append(_step(LOAD, NUMBER))
    if machine.other_abi is not None:
        code += [_step(JUMP_GREATER_EQUAL, machine.other_abi, 0, 1), _step(RETURN, KILL_PROCESS)]
    for number in machine.allowed.values():
        code += [_step(JUMP_EQUAL, number, 0, 1), _step(RETURN, ALLOW)]
    for number in machine.refused.values():
        code += [_step(JUMP_EQUAL, number, 0, 1), _step(RETURN, REFUSE)]
    for number in machine.mapping.values():
        code += [
            _step(JUMP_EQUAL, number, 0, 4),
            _step(LOAD, THIRD_ARGUMENT),
            _step(JUMP_SET, PROT_EXEC, 0, 1),
            _step(RETURN, KILL_PROCESS),
            _step(RETURN, ALLOW),
        ]
    code.append(_step(RETURN, KILL_PROCESS))
    return b"".join(code)


def _step(operation: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", operation, if_true, if_false, operand)

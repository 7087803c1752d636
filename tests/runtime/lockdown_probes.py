"""
What arbitrary Python can do after the lock-down: a program that tries, for ``test_lockdown.py``.

``python lockdown_probes.py UID`` locks a fork of itself down for each probe and prints JSON: by name, how the
probe ended. A probe that gets what it wants ends with ``got it``. With ``free`` for UID, nothing is locked
down, and only probes are tried that harm nobody: those must get what they want, or they see nothing.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable

from luahost.runtime import lockdown

GOT_IT = 42
REFUSED = 43
MEMORY_BYTES = 16 << 20

libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"


def call(x86: int, arm: int, *arguments: object) -> None:
    """
    A system call; fails as Python's do.
    """
    if libc.syscall(x86 if X86 else arm, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def executable_mapping() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def made_executable() -> None:
    page = mmap.mmap(-1, 4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    call(10, 226, ctypes.c_void_p(address), ctypes.c_size_t(4096), 5)


def send_descriptor() -> None:
    channel = socket.socket(fileno=0)
    socket.send_fds(channel, [b"x"], [0])


def start_thread() -> None:
    thread = threading.Thread(target=time.time)
    thread.start()
    thread.join()


def much_memory() -> None:
    bytearray(lockdown.ADDRESS_SPACE_BYTES + lockdown.COPIES * MEMORY_BYTES)


def x32_call() -> None:
    if libc.syscall(0x40000000 + 39) < 0:
        raise OSError(ctypes.get_errno(), "refused")


PROBES: dict[str, Callable[[], object]] = {
    "open": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "open for writing": lambda: os.open("/tmp/luahost-probe", os.O_WRONLY | os.O_CREAT),
    "list a folder": lambda: os.listdir("/"),
    "read a link": lambda: os.readlink("/proc/self/exe"),
    "stat": lambda: os.stat("/etc/passwd"),
    "unlink": lambda: os.unlink("/tmp/luahost-probe"),
    "rename": lambda: os.rename("/tmp/luahost-probe", "/tmp/luahost-probe-2"),
    "make a folder": lambda: os.mkdir("/tmp/luahost-probe-folder"),
    "change folder": lambda: os.chdir("/tmp"),
    "chmod": lambda: os.chmod("/tmp/luahost-probe", 0o777),
    "exec": lambda: os.execv("/bin/sh", ["sh", "-c", f"exit {GOT_IT}"]),
    "fork": os.fork,
    "thread": start_thread,
    "pipe": os.pipe,
    "duplicate a descriptor": lambda: os.dup(0),
    "TCP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "Unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "send a descriptor": send_descriptor,
    "write to standard output": lambda: os.write(1, b"x"),
    "write to standard error": lambda: os.write(2, b"x"),
    "signal the parent": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "signal all": lambda: os.kill(-1, signal.SIGTERM),
    "ptrace": lambda: call(101, 117, 0, 0, 0, 0),
    "read another process": lambda: call(310, 270, os.getppid(), None, 0, None, 0, 0),
    "executable memory": executable_mapping,
    "make memory executable": made_executable,
    "memfd": lambda: os.memfd_create("x"),
    "io_uring": lambda: call(425, 425, 1, bytes(120)),
    "unshare": lambda: call(272, 97, 0x10000000),
    "mount": lambda: call(165, 40, b"none", b"/mnt", b"tmpfs", 0, None),
    "prctl": lambda: libc.prctl(4, 1, 0, 0, 0) or None,
    "bpf": lambda: call(321, 280, 0, bytes(64), 64),
    "keyctl": lambda: call(250, 219, 0, -3, 1),
    "shared memory": lambda: call(29, 194, 0, 4096, 0o1600),
    "userfaultfd": lambda: call(323, 282, 1),
    "perf": lambda: call(298, 241, bytes(128), 0, -1, -1, 0),
    "personality": lambda: call(135, 92, 0),
    "raise a limit": lambda: call(302, 261, 0, 7, struct.pack("=QQ", 100, 100), None),
    "become root": lambda: os.setuid(0),
    "timer": lambda: signal.setitimer(signal.ITIMER_REAL, 1),
    "sleep": lambda: time.sleep(0.001),
    "x32 system call": x32_call,
    "much memory": much_memory,
}

HARMLESS: dict[str, Callable[[], object]] = {
    "time": time.time,
    "processor time": time.process_time,
    "random numbers": lambda: os.urandom(16),
    "own number": os.getpid,
    "some memory": lambda: bytearray(MEMORY_BYTES),
    "local time": lambda: time.localtime(),
    "write to the host": lambda: os.write(0, b"x"),
}


SEE_SOMETHING = (
    *("open", "list a folder", "read a link", "stat", "change folder", "exec", "fork", "thread", "pipe"),
    *("duplicate a descriptor", "TCP socket", "UDP socket", "Unix socket", "send a descriptor"),
    *("executable memory", "make memory executable", "memfd", "sleep", "timer", "much memory"),
)
"""What gets through where nothing is locked down."""


def ending(probe: Callable[[], object], uid: int | None) -> str:
    """
    How a process of this user that tries this ends, locked down unless there is no user.
    """
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            if uid:
                os.setgid(uid)
                os.setuid(uid)
            lockdown.keep_only(theirs.fileno())
            if uid is not None and lockdown.lock(parent, MEMORY_BYTES).missing:
                os._exit(44)
            probe()
        except (OSError, MemoryError, RuntimeError):
            os._exit(REFUSED)
        except BaseException:  # noqa: BLE001  no traceback: there is nowhere to write it
            os._exit(45)
        os._exit(GOT_IT)
    theirs.close()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    ours.close()
    known = {GOT_IT: "got it", REFUSED: "refused", 44: "not locked down"}
    return signal.Signals(-status).name if status < 0 else known.get(status, f"exit status {status}")


def main() -> None:
    """
    Try them all.
    """
    if sys.argv[1] == "free":
        found = {name: ending(PROBES[name], None) for name in SEE_SOMETHING}
    else:
        found = {name: ending(probe, int(sys.argv[1])) for name, probe in {**PROBES, **HARMLESS}.items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()

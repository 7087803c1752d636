"""
Processes that are measured: pinned to a core, their processor time and memory, with all that they have
started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def started(module: str, *arguments: str, core: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """
    A module of ``tests.server.bench`` in a process of its own, until its standard input is closed.

    Args:
        module: Its name.

        arguments: Of its command line.

        core: Which of the machine's cores it may use, from 0; None for all.
    """
    command = [*_pinned(core), sys.executable, "-m", f"tests.server.bench.{module}", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def output(module: str, *arguments: str, core: int | None = None) -> str:
    """
    What such a process writes until it ends by itself.
    """
    command = [*_pinned(core), sys.executable, "-m", f"tests.server.bench.{module}", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def first_line(process: subprocess.Popen[str]) -> str:
    """
    The first line that a process writes.
    """
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tree(pid: int) -> list[int]:
    """
    A process and all that it has started, and so on, as far as they live.
    """
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task").glob("*/children")
        inner = [int(child) for each in children for child in each.read_text().split()]
        return [pid, *(one for child in inner for one in tree(child))]
    return []


def cpu_seconds(pids: Sequence[int]) -> float:
    """
    The processor time of these and of those of their children that have ended.
    """
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(each) for each in fields[11:15])
    return total / _TICKS


def resident_bytes(pid: int) -> int:
    """
    The memory of a process, 0 if it is no more.
    """
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def command_of(pid: int) -> str:
    """
    What a process calls itself, "" if it is no more.
    """
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _pinned(core: int | None) -> list[str]:
    if core is None:
        return []
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core % len(cores)])]

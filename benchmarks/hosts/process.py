"""
A host in a process of its own, which does its work when told and says how long that took.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import TracebackType

from benchmarks.build import MissingError, built
from benchmarks.measure import Round, repeats
from benchmarks.scripts import HANDLER

HERE = Path(__file__).parent

LUA_HEADERS = Path("/usr/include/lua5.4")


class HostProcess:
    """
    A process that runs the whole workload as often as a line on its standard input says; used in a ``with``.

    Args:
        command: What to start; the script and the workload follow.

        workload: The file that :func:`benchmarks.workload.write` made.
    """

    def __init__(self, command: list[str], workload: Path) -> None:
        self._process = subprocess.Popen(
            [*command, str(HANDLER), str(workload)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> HostProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def seconds(self, times: int) -> float:
        """
        Processor time of so many runs of the workload.

        Raises:
            RuntimeError: The process has ended; it has said why.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(times, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise RuntimeError(
                "a host that luahost is compared with has ended; its words are above"
            ) from None
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("a host that luahost is compared with has ended; its words are above")
        return float(answer)

    def round(self, seconds: float, each: int) -> Round:
        """
        A round of about so long; answers the seconds for one of ``each`` things in the workload.
        """
        times = repeats(self.seconds(1), seconds)
        return lambda: self.seconds(times) / times / each


def floor(workload: Path) -> HostProcess:
    """
    Pure Lua.

    Raises:
        MissingError: There is no Lua 5.4.
    """
    lua = shutil.which("lua5.4")
    if lua is None:
        raise MissingError("lua5.4", "pure Lua is the floor")
    return HostProcess([lua, str(HERE / "floor.lua")], workload)


def c_host(workload: Path, program: Path) -> HostProcess:
    """
    The host in C, made by :func:`c_program`.
    """
    return HostProcess([str(program)], workload)


def c_program(folder: Path) -> Path:
    """
    Build the host in C.

    Raises:
        MissingError: There are no headers of Lua, or there is nothing that compiles C.
    """
    if not (LUA_HEADERS / "lua.h").exists():
        raise MissingError("liblua5.4-dev", "the host in C is built on it")
    return built(HERE / "c_host.c", folder / "c_host", f"-I{LUA_HEADERS}", "-llua5.4")

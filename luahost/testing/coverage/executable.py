"""
Which lines of a Lua file can run, function by function.

Asked is the compiler of the Lua version that runs the script, by ``debug.getinfo(f, "L")``: it alone knows
to which line it counts what, and the versions differ. Lua tells it of a function that there is, so each
function of the file is cut out (:mod:`luahost.testing.coverage.functions`) and compiled by itself. The other
ways are to read the bytecode, which has six forms in as many versions, and to guess by the look of a line.
"""

from __future__ import annotations

import functools

from luahost.dataclass import dataclass
from luahost.runtime import LuaState
from luahost.testing.coverage.functions import functions, lines_without_code

CHUNK = "coverage.executable"


@dataclass(frozen=True, slots=True)
class ExecutableFunction:
    """
    A function of a file, or what stands outside of all functions.

    Attributes:
        name: Its name, ``function`` for one without; empty for what stands outside.

        line: Its first line; 0 for what stands outside.

        last_line: Its last line; 0 likewise.

        lines: Every line that Lua tells a hook of when it runs, the one of its ``end`` among them.
    """

    name: str
    line: int
    last_line: int
    lines: frozenset[int]


@functools.lru_cache(maxsize=512)
def executable(source: bytes, lua: str) -> tuple[ExecutableFunction, ...]:
    """
    The functions of a file, what stands outside of them first. Nothing of a file that does not compile.

    Two functions that begin on one line are one, for Lua calls them by that line.
    """
    state = LuaState(lua)
    outside = _lines(state.entry(CHUNK, "of_file")(source, b"=file"))
    if outside is None:
        return ()
    found = {0: ExecutableFunction("", 0, 0, outside)}
    for function in functions(source):
        lines = _lines(state.entry(CHUNK, "of_function")(function.source, b"=function"))
        if lines is None:
            continue
        before = found.get(function.line)
        if before is not None:
            lines |= before.lines
        name = before.name if before is not None else function.name or "function"
        found[function.line] = ExecutableFunction(name, function.line, function.last_line, lines)
    return tuple(found.values())


@functools.lru_cache(maxsize=512)
def code_lines(source: bytes, lua: str) -> frozenset[int]:
    """
    The lines of a file that can run and that a reader takes for code.
    """
    every = frozenset().union(*(function.lines for function in executable(source, lua)))
    # What ends a file counts to its last line, which may be no line of text at all.
    return frozenset(line for line in every - lines_without_code(source) if line <= _line_count(source))


def _line_count(source: bytes) -> int:
    return source.count(b"\n") + (not source.endswith(b"\n"))


def _lines(answer: bytes | None) -> frozenset[int] | None:
    return None if answer is None else frozenset(map(int, answer.split()))

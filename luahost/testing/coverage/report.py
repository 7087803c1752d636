"""
What came of a :class:`~luahost.testing.coverage.collector.Coverage`: dialects and Lua versions merged.

A line counts as run if it ran under any dialect. Lua versions do not quite agree on which lines can run; of a
line that ran under none, all versions that were tried must say that it can.
"""

from __future__ import annotations

import os

from luahost.dataclass import dataclass
from luahost.errors import UsageError
from luahost.events import EVENTS
from luahost.testing.coverage.collector import Coverage, File
from luahost.testing.coverage.executable import code_lines, executable
from luahost.testing.endpoint.answers import FAULTS


@dataclass(frozen=True, slots=True)
class FunctionReport:
    """
    A function.

    Attributes:
        name: What it is called where it is made, ``function`` where it has no name.

        line: Its first line.

        ran: Under which dialects it ran, in alphabetical order; empty if it never did.
    """

    name: str
    line: int
    ran: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileReport:
    """
    One file.

    Attributes:
        path: As seen from the working directory, if it is within it.

        source: Its lines.

        lines: For each line that can run, under which dialects it ran.

        functions: The functions, in order.
    """

    path: str
    source: tuple[str, ...]
    lines: dict[int, tuple[str, ...]]
    functions: tuple[FunctionReport, ...]

    @property
    def lines_run(self) -> int:
        """
        How many lines ran.
        """
        return sum(bool(dialects) for dialects in self.lines.values())

    @property
    def functions_run(self) -> int:
        """
        How many functions ran.
        """
        return sum(bool(function.ran) for function in self.functions)

    @property
    def missing(self) -> list[tuple[int, int]]:
        """
        The lines that did not run: first and last of each block. Lines without code do not end a block.
        """
        found: list[tuple[int, int]] = []
        goes_on = False
        for line, dialects in self.lines.items():
            if not dialects:
                first = found.pop()[0] if goes_on else line
                found.append((first, line))
            goes_on = not dialects
        return found


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """
    All of it.

    Attributes:
        files: The files, by path.

        dialects: The dialects that were measured.

        events: How often each of the twelve events reached a handler, 0 for those that never did.

        endings: How often requests ended without success, by how.

        faults: How often each fault of the endpoint double was the answer, 0 for those that never were; empty
            if none was.
    """

    files: tuple[FileReport, ...]
    dialects: tuple[str, ...]
    events: dict[str, int]
    endings: dict[str, int]
    faults: dict[str, int]

    @property
    def line_count(self) -> int:
        """
        How many lines can run.
        """
        return sum(len(file.lines) for file in self.files)

    @property
    def lines_run(self) -> int:
        """
        How many lines ran.
        """
        return sum(file.lines_run for file in self.files)

    @property
    def percent(self) -> float:
        """
        How much of the lines ran, from 0 to 100; 100 where there are none.
        """
        return percent(self.lines_run, self.line_count)


def percent(part: int, whole: int) -> float:
    """
    A part of something in per cent; all of nothing is 100.
    """
    return 100.0 * part / whole if whole else 100.0


def shown_percent(part: int, whole: int) -> str:
    """
    The same in whole per cent, and 100 only for all of it.
    """
    return f"{int(percent(part, whole))}%"


def report(coverage: Coverage) -> CoverageReport:
    """
    What came of it.

    Raises:
        UsageError: No script was loaded while it was collected, so there is nothing to report.
    """
    if not coverage.files:
        raise UsageError("no Lua coverage: no script was loaded")
    files = (_file_report(path, file) for path, file in coverage.files.items())
    under = {dialect for file in coverage.files.values() for dialect, _ in file.ran}
    return CoverageReport(
        files=tuple(sorted(files, key=lambda file: file.path)),
        dialects=tuple(sorted(under)),
        events={event.name: sum(coverage.events.get(event.name, {}).values()) for event in EVENTS},
        endings=dict(sorted(coverage.endings.items())),
        faults={name: coverage.faults.get(name, 0) for name in FAULTS} if coverage.faults else {},
    )


def _file_report(path: str, file: File) -> FileReport:
    versions = sorted({lua for _, lua in file.ran})
    by_line: dict[int, set[str]] = {}
    by_function: dict[int, set[str]] = {}
    for (dialect, _), ran in file.ran.items():
        for begins, line in ran:
            by_line.setdefault(line, set()).add(dialect)
            by_function.setdefault(begins, set()).add(dialect)
    can_run = [code_lines(file.source, lua) for lua in versions]
    lines = frozenset.intersection(*can_run) | frozenset.union(*can_run) & by_line.keys()
    functions = {
        function.line: FunctionReport(
            function.name, function.line, tuple(sorted(by_function.get(function.line, ())))
        )
        for lua in versions
        for function in executable(file.source, lua)
        if function.line
    }
    return FileReport(
        path=_shown(path),
        source=tuple(file.source.decode("utf-8", "replace").split("\n")),
        lines={line: tuple(sorted(by_line.get(line, ()))) for line in sorted(lines)},
        functions=tuple(functions[line] for line in sorted(functions)),
    )


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def function_names(file: FileReport) -> list[str]:
    """
    A name for each function of a file that no other one has: where names do not tell them apart, lines do.
    """
    names = [function.name for function in file.functions]
    return [
        name if names.count(name) == 1 and name != "function" else f"{name}:{function.line}"
        for function, name in zip(file.functions, names, strict=True)
    ]

"""
A coverage report for the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from luahost.testing.coverage.report import CoverageReport, FileReport, shown_percent
from luahost.timeline import inline

NAMED_MISSING = 12
"""Blocks of lines that did not run which a row names; of more it says how many there are."""


def table(report: CoverageReport) -> str:
    """
    A row for each file, the whole, and what the scripts were tried on; with a line end.
    """
    rows = [
        ("Lua coverage", "lines", "", "functions", "", "not run"),
        *(_row(inline(file.path), [file], _missing(file)) for file in report.files),
    ]
    if len(report.files) > 1:
        rows.append(_row("all", report.files, ""))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in range(1, 5)), row[5]]).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *_tried(report)]) + "\n"


def _row(name: str, files: Sequence[FileReport], missing: str) -> tuple[str, ...]:
    lines_run, lines = sum(file.lines_run for file in files), sum(len(file.lines) for file in files)
    run, functions = sum(file.functions_run for file in files), sum(len(file.functions) for file in files)
    return (
        name,
        f"{lines_run}/{lines}",
        shown_percent(lines_run, lines),
        f"{run}/{functions}",
        shown_percent(run, functions),
        missing,
    )


def _missing(file: FileReport) -> str:
    blocks = [str(first) if first == last else f"{first}-{last}" for first, last in file.missing]
    named, more = blocks[:NAMED_MISSING], len(blocks) - NAMED_MISSING
    return ", ".join(named) + (f", and {more} more" if more > 0 else "")


def _tried(report: CoverageReport) -> Iterable[str]:
    """
    Under what, with which events, and how requests ended.
    """
    yield f"dialects: {', '.join(report.dialects)}"
    yield "events handled" + _share(report.events)
    if report.faults:
        yield "faults of the endpoint" + _share(report.faults)
    if report.endings:
        yield "requests without success" + _listed(
            f"{ending} ({count})" for ending, count in report.endings.items()
        )


def _share(counts: Mapping[str, int]) -> str:
    there = [name for name, count in counts.items() if count]
    return f": {len(there)} of {len(counts)}" + _listed(there)


def _listed(names: Iterable[str]) -> str:
    words = ", ".join(names)
    return f": {words}" if words else ""

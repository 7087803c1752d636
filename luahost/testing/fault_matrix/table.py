"""
The matrix for people: a table for each function of a script that faults matter to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from luahost.testing.endpoint.routes import counted
from luahost.testing.fault_matrix.matrix import Cell, Matrix, Row

HEAD = ("fault", "lost", "longest call", "all calls")

NOTHING = "-"


def table(matrix: Matrix, *, verbose: bool = False) -> str:
    """
    The whole matrix, as lines without a line end at the end; each lost message by name if ``verbose``.
    """
    faults = counted(len(matrix.faults), "fault")
    lines = [f"{counted(matrix.runs, 'scenario')} under {faults}: {', '.join(matrix.faults)}"]
    for script, rows in groupby(matrix.rows, lambda row: row.script):
        lines += ["", *_transactions(script, matrix.longest_transactions[script])]
        for row in rows:
            lines += ["", *_row(row, verbose=verbose)]
    if not matrix.rows:
        lines.append("no script was touched by any of them")
    if matrix.not_run:
        lines.append(f"interrupted: {counted(matrix.not_run, 'test')} not run")
    if matrix.others:
        are = "is no scenario" if matrix.others == 1 else "are no scenarios"
        lines.append(f"left out: {counted(matrix.others, 'test')} that {are}")
    lines += [f"left out: {node}: {why}" for node, why in matrix.left_out]
    return "\n".join(lines)


def _transactions(script: str, longest: Mapping[str, float]) -> Iterator[str]:
    """
    For how long a delivery stands still at worst.
    """
    yield script
    seconds = max(longest.values())
    if not seconds:
        yield "  no transaction waits"
        return
    under = ", ".join(name for name, waited in longest.items() if waited == seconds)
    yield f"  a transaction waits up to {seconds:.1f} s ({under})"


def _row(row: Row, *, verbose: bool) -> Iterator[str]:
    told = f": {counted(len(row.told), 'message')}" if row.told else ""
    yield f"{row.function}{told}"
    harmed = {name: cell for name, cell in row.cells.items() if cell.lost or cell.total_seconds}
    if harmed:
        lines = [HEAD, *(_cells(name, row, cell) for name, cell in harmed.items())]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for name, (first, *others) in zip(("", *harmed), lines, strict=True):
            padded = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
            yield "  ".join(("", first.ljust(widths[0]), *padded))
            if verbose and name:
                yield from (f"    lost: {message.text}" for message in harmed[name].lost)
    elif row.told:
        yield "  nothing is lost"
    errors = dict.fromkeys(error for cell in row.cells.values() for error in cell.errors)
    for error in errors:
        under = ", ".join(name for name, cell in row.cells.items() if error in cell.errors)
        yield f"  error under {under}:"
        yield f"    {error.text}"


def _cells(name: str, row: Row, cell: Cell) -> tuple[str, ...]:
    lost = f"{len(cell.lost)} of {len(row.told)}" if row.told else NOTHING
    return name, lost, _time(cell.longest_seconds), _time(cell.total_seconds)


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds else NOTHING

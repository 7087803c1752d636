"""
The matrix for programs: one object for each function and fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from luahost.testing.fault_matrix.matrix import Cell, Matrix, Row
from luahost.testing.fault_matrix.observation import Escaped, Message


def objects(matrix: Matrix) -> Iterator[dict[str, Any]]:
    """
    The cells of the functions that matter, the longest transactions, and in the end what there was to run.
    """
    for row in matrix.rows:
        for fault, cell in row.cells.items():
            yield {"fault": fault, **_cell(row, cell)}
    for script, longest in matrix.longest_transactions.items():
        for fault, seconds in longest.items():
            yield {"fault": fault, "script": script, "longest_transaction_seconds": round(seconds, 6)}
    yield {
        "faults": {
            "names": list(matrix.faults),
            "scenarios": matrix.runs,
            "others": matrix.others,
            "not_run": matrix.not_run,
            "left_out": [{"test": node, "reason": why} for node, why in matrix.left_out],
        }
    }


def _cell(row: Row, cell: Cell) -> dict[str, Any]:
    return {
        "script": row.script,
        "function": row.function,
        "told": len(row.told),
        "lost": [_message(message) for message in cell.lost],
        "longest_seconds": round(cell.longest_seconds, 6),
        "total_seconds": round(cell.total_seconds, 6),
        "errors": [_error(error) for error in cell.errors],
    }


def _message(message: Message) -> dict[str, Any]:
    found = {"test": message.test, "mailbox": message.mailbox, "uid": message.uid, "subject": message.subject}
    return {name: value for name, value in found.items() if value is not None}


def _error(error: Escaped) -> dict[str, Any]:
    found = {"message": error.message, "file": error.file, "line": error.line}
    return {name: value for name, value in found.items() if value is not None}

"""
Findings as one JSON document, for programs. ``docs/check.md`` describes the fields, which stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from luahost.check.checker import Report


def written(reports: Sequence[Report]) -> str:
    """
    ``{"version": 1, "files": [{"file": …, "ignored": …, "findings": […]}]}``
    """
    files = [
        {
            "file": report.source.file,
            "ignored": report.ignored,
            "findings": [
                {
                    "rule": one.rule,
                    "severity": one.severity,
                    "message": one.message,
                    "help": one.help,
                    "line": one.line,
                    "column": one.column,
                    "end_line": one.end_line,
                    "end_column": one.end_column,
                    "dialects": list(one.dialects),
                    "evidence": one.evidence,
                    "seen": one.seen,
                    "fixable": bool(one.edits),
                }
                for one in report.findings
            ],
        }
        for report in reports
    ]
    return json.dumps({"version": 1, "files": files}, indent=2, ensure_ascii=False) + "\n"

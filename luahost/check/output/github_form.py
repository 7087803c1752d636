"""
Findings as GitHub's workflow commands, which annotate the lines of a pull request.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from luahost.check.checker import Report
from luahost.check.facts import TITLE, named
from luahost.check.finding import Finding

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def written(reports: Sequence[Report]) -> str:
    """
    One command a line.
    """
    return "".join(_command(finding) + "\n" for report in reports for finding in report.findings)


def _command(finding: Finding) -> str:
    place = {
        "file": os.path.normpath(finding.file),
        "line": finding.line,
        "endLine": finding.end_line,
        "col": finding.column,
        "title": finding.rule,
    }
    where = ",".join(f"{key}={_property(str(value))}" for key, value in place.items())
    dialects = f" ({named(TITLE, finding.dialects)})" if finding.dialects else ""
    text = finding.message + dialects + (f"\n{finding.help}" if finding.help else "")
    return f"::{COMMANDS[finding.severity]} {where}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

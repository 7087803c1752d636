"""
Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from luahost import __version__
from luahost.check.checker import SEEN, Report
from luahost.check.finding import Finding
from luahost.check.ignores import NAME as IGNORE
from luahost.check.rules import RULES
from luahost.check.unloadable import SYNTAX

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

LEVELS = {"error": "error", "warning": "warning", "note": "note"}

WITHOUT_PAGE = {
    SYNTAX: "Lua does not load the script",
    IGNORE: "a comment that ignores nothing, or without a reason",
    **SEEN,
}
"""What can be found beside what rules find."""


def written(reports: Sequence[Report]) -> str:
    """
    One run with all findings.
    """
    found = [finding for report in reports for finding in report.findings]
    rules = [
        {
            "id": rule.name,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.reason},
            "defaultConfiguration": {"level": LEVELS[rule.severity]},
        }
        for rule in RULES
    ]
    rules += [{"id": name, "shortDescription": {"text": words}} for name, words in WITHOUT_PAGE.items()]
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "luahost", "version": __version__, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one) for one in found],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _result(finding: Finding) -> dict[str, Any]:
    text = finding.message + (f" ({finding.help})" if finding.help else "")
    region: dict[str, int] = {"startLine": finding.line, "startColumn": finding.column}
    if (finding.end_line, finding.end_column) > (finding.line, finding.column):
        region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
    return {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.file)},
                    "region": region,
                }
            }
        ],
        "properties": {"dialects": list(finding.dialects), "evidence": finding.evidence},
    }


def _uri(file: str) -> str:
    # Code hosts know files by their place in the repository: ./push.lua is push.lua.
    return quote(os.fsencode(os.path.normpath(file).replace(os.sep, "/")))

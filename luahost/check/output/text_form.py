"""
Findings for people: place, what is wrong, the line with carets below it, what to do.

::

    push.lua:24:48: error: Dovecot 2.4 has no user:plugin_getenv [plugin-getenv] (2.4)
       24 |   return {ep = user:plugin_getenv("push_lua_url")}
          |                ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
          = take the settings from the table that script_init gets there
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from luahost.check.checker import Report
from luahost.check.finding import SEVERITIES, Finding
from luahost.timeline import inline

WIDEST = 120
"""How much of a line is shown."""

BEFORE = 40
"""How much of a longer line is shown before what is wrong in it."""

ELLIPSIS = "… "


def written(reports: Sequence[Report]) -> str:
    """
    All findings, and a line that counts them.
    """
    lines = [line for report in reports for finding in report.findings for line in _finding(report, finding)]
    return "\n".join([*lines, _summary(reports), *_hint(reports)]) + "\n"


def _finding(report: Report, finding: Finding) -> Iterator[str]:
    where = ", ".join(finding.dialects)
    how = f"seen in {where}" if finding.evidence == "seen" else where
    yield (
        f"{inline(finding.file)}:{finding.line}:{finding.column}: {finding.severity}: {finding.message} "
        f"[{finding.rule}]" + (f" ({how})" if how else "")
    )
    line = report.source.line(finding.line)
    if (line.strip() and finding.end_column > finding.column) or finding.end_line > finding.line:
        end = finding.end_column if finding.end_line == finding.line else len(line) + 1
        yield from _shown(line, finding.line, finding.column - 1, end - 1)
    if finding.seen:
        yield f"      = seen: {_plain(finding.seen)}"
    if finding.help:
        yield f"      = {finding.help}"
    yield ""


def _shown(line: str, number: int, start: int, end: int) -> Iterator[str]:
    """
    A line, and carets below a part of it; of a long line that part and what stands around it.
    """
    if len(line) > WIDEST:
        first = max(0, min(start - BEFORE, len(line) - WIDEST))
        dots = ELLIPSIS if first else ""
        last = first + WIDEST
        more = ELLIPSIS if last < len(line) else ""
        line = dots + line[first:last] + more
        start, end = (max(0, min(at, last) - first + len(dots)) for at in (start, end))
    yield f"{number:5} | {_plain(line)}"
    yield f"      | {_blank(line[:start])}^{'~' * (_width(line[start:end]) - 1)}"


def _plain(line: str) -> str:
    # A script's text is not to steer the terminal.
    return "".join(
        char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in line
    )


def _blank(before: str) -> str:
    return "".join("\t" if char == "\t" else " " * _width(char) for char in before)


def _width(text: str) -> int:
    """
    How many columns of a terminal text takes: wide letters take two, those that combine with others none.
    """
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _summary(reports: Sequence[Report]) -> str:
    found = [finding for report in reports for finding in report.findings]
    counts = {severity: sum(one.severity == severity for one in found) for severity in SEVERITIES}
    parts = [
        f"{number} {severity}{'' if number == 1 else 's'}" for severity, number in counts.items() if number
    ]
    ignored = sum(report.ignored for report in reports)
    scripts = f"{len(reports)} script{'' if len(reports) == 1 else 's'}"
    summary = f"{scripts}: {', '.join(parts) or 'nothing found'}"
    return summary + (f", {ignored} ignored" if ignored else "")


def _hint(reports: Sequence[Report]) -> Iterator[str]:
    """
    How to leave out what only one of several servers has, for those who do not run it.
    """
    asked = {name for report in reports if report.script is not None for name in report.script.views}
    counts = Counter(
        finding.dialects[0] for report in reports for finding in report.findings if len(finding.dialects) == 1
    )
    if len(asked) == 2:
        for name, number in sorted(counts.items()):
            (other,) = asked - {name}
            out = "it" if number == 1 else "them"
            yield f"{number} of them in {name} only: --dialect {other} leaves {out} out"

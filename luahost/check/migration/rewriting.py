"""
A script rewritten: the rules' own changes, and those that a change of version needs.
"""

from __future__ import annotations

from typing import NamedTuple

from luahost.check.checker import Report, check_text
from luahost.check.facts import all_facts
from luahost.check.finding import Edit, Finding
from luahost.check.migration.clients import client_edits
from luahost.check.migration.edits import applied
from luahost.check.migration.settings import setting_edits, top
from luahost.check.options import Options

MOVING = frozenset({"script-init-result", "keywords-name", "var-expand"})
"""Rules whose changes make a script right for both versions."""


class Rewritten(NamedTuple):
    """
    A script and what has become of it.

    Attributes:
        before: Its text.

        after: Its new text; the same if nothing could be mended.

        report: What is still found in it.
    """

    before: bytes
    after: bytes
    report: Report


def rewritten(report: Report, options: Options, *, to: str | None = None) -> Rewritten:
    """
    A script with everything mended that can be without harm.

    Args:
        report: What was found in it.

        options: What was asked.

        to: The version that it is to run on too; None if only the rules' own changes are wanted.
    """
    before = report.source.text
    after = _mended(report, to)
    if after == before:
        return Rewritten(before, before, report)
    again = check_text(report.source.file, after, options._replace(run=False))
    if again.script is None or _errors(again) - _errors(report):
        # What cannot be read any more, or is wrong in a way that it was not, is not written.
        return Rewritten(before, before, report)
    return Rewritten(before, after, again)


def _errors(report: Report) -> set[tuple[str, str]]:
    """
    What is wrong with a script; two dialects may say it in words of their own.
    """
    return {
        (finding.rule, dialect)
        for finding in report.findings
        if finding.severity == "error"
        for dialect in finding.dialects
    }


def _mended(report: Report, to: str | None) -> bytes:
    script = report.script
    if script is None:
        return report.source.text
    wanted = report.findings if to is None else [one for one in report.findings if _moves(one, to)]
    edits = [edit for finding in wanted for edit in finding.edits]
    first: list[str] = []
    if to is not None:
        for changes, needed in (
            client_edits(script, script.views[to], all_facts()),
            setting_edits(script, script.views[to]),
        ):
            # These know more than a rule does of one line.
            edits = [edit for edit in edits if not any(_within(edit, change) for change in changes)]
            edits += changes
            first += [needed] if needed else []
    if first:
        at = top(script)
        edits.append(Edit(at, at, "\n".join([*first, ""])))
    if b"\r\n" in report.source.text:
        edits = [edit._replace(text=edit.text.replace("\n", "\r\n")) for edit in edits]
    return applied(report.source.text, edits)


def _moves(finding: Finding, to: str) -> bool:
    """
    Whether a change is about the version, and not about what the script sends.
    """
    return finding.dialects == (to,) or finding.rule in MOVING


def _within(edit: Edit, other: Edit) -> bool:
    return other.start <= edit.start and edit.end <= other.end and other.end > other.start

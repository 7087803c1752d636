"""
The report about a change of version, for people.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.checker import Report
from luahost.check.finding import Finding
from luahost.check.meaning import View
from luahost.check.migration.edits import difference
from luahost.check.migration.rewriting import Rewritten
from luahost.check.script import Script
from luahost.check.syntax.nodes import Index, MethodCall


def breaks(report: Report, to: str) -> list[Finding]:
    """
    What is wrong in the new version and not in the old one. Notes break nothing. A script that cannot be read
    runs on neither, or nobody knows: that is said, too.
    """
    if report.script is None:
        return list(report.findings)
    return [one for one in report.findings if one.dialects == (to,) and one.severity != "note"]


def told(report: Report, made: Rewritten, old: str, new: str, configuration: str) -> str:
    """
    What changes, line by line, with what stands there then; what is otherwise different; the configuration.
    """
    found = breaks(report, new)
    lines = [f"{report.source.file}: from Dovecot {old} to {new}", ""]
    if not found:
        lines += [f"  nothing that runs on {old} stops running on {new}", ""]
    for finding in found:
        lines.append(f"  line {finding.line}: {finding.message} [{finding.rule}]")
        lines.append(f"    {report.source.line(finding.line).strip()}")
        lines += [f"    seen {finding.seen}"] if finding.seen else []
        lines += [f"    = {finding.help}"] if finding.help else []
        lines.append("")
    if report.script is not None:
        for words in _otherwise(report.script, report.script.views[new], old, new):
            lines.append(f"  also: {words}")
    change = difference(report.source.file, made.before, made.after)
    if change:
        left = breaks(made.report, new)
        lines += ["", f"What --fix changes, so that it runs on {old} and on {new}:", "", change.rstrip()]
        lines += [""]
        lines += [f"  left for you, line {one.line}: {one.message}" for one in left]
    if configuration:
        lines += ["", f"In dovecot.conf of {new}:", "", configuration.rstrip()]
    return "\n".join(lines).rstrip() + "\n"


def _otherwise(script: Script, view: View, old: str, new: str) -> Iterator[str]:
    """
    What this script does and the new version does otherwise, without anything breaking.
    """
    if (old, new) != ("2.3", "2.4"):
        return
    if any(call.name == "set_payload" for call in view.nodes(MethodCall)):
        yield "2.4 sends a payload at once; 2.3 asks first, with Expect: 100-continue"
    if any(
        index.name == "date" and script.meaning.is_a(index.object, "push_event")
        for index in view.nodes(Index)
    ):
        yield "dates before 1970 and after 2106 are 0 and 4294967295 in 2.4; in 2.3 they wrap around"
    if any(call.name.startswith("log_") for call in view.nodes(MethodCall)):
        yield "2.4 writes its prefix before every line of a log message; 2.3 makes errors of the further ones"
    yield "a script of the mail_lua plugin is no longer taken where a driver names none"

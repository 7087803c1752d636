"""
A script through all rules, in each dialect that is asked for; one list of findings comes out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from luahost.check.facts import all_facts, named
from luahost.check.finding import SEVERITIES, Finding, Problem, Severity
from luahost.check.ignores import NAME as IGNORE
from luahost.check.ignores import complaints, ignores, kept
from luahost.check.options import Options
from luahost.check.rule import Rule
from luahost.check.rules import RULES
from luahost.check.script import Script
from luahost.check.syntax import Source, SyntaxProblem, parse
from luahost.check.unloadable import SYNTAX, not_loaded
from luahost.errors import InputError, UsageError
from luahost.runtime import REAL_FILES
from luahost.runtime.compiler import refusal

DEEPEST = 10_000
"""How deep Python may go. Lua itself nests 200 levels, but `a or b or …` has no end."""

SEEN = {
    "seen-error": "the script raises when it is run",
    "seen-kill": "the script kills the mail process when it is run",
    "seen-wait": "the script holds mail longer than its budget when it is run",
    "seen-limit": "the script was stopped when it was run",
}
"""What only a run finds."""

NAMES = (SYNTAX, IGNORE, *SEEN, *(rule.name for rule in RULES))
"""The identifiers of all that can be found."""


class Report(NamedTuple):
    """
    What is wrong with a script.

    Attributes:
        source: The script.

        findings: What was found, in the order of the lines.

        script: What the rules saw; None if the script is no Lua.

        ignored: How many findings the script's comments took away.
    """

    source: Source
    findings: tuple[Finding, ...]
    script: Script | None
    ignored: int = 0


def check_file(path: str | os.PathLike[str], options: Options | None = None) -> Report:
    """
    Check a script.

    Raises:
        InputError: It cannot be read.

        UsageError: There is no such dialect or rule.
    """
    name = os.fspath(path)
    try:
        text = REAL_FILES.read(name)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name) from None
    return check_text(name, text, options)


def check_text(file: str, text: bytes, options: Options | None = None) -> Report:
    """
    Check a script that is at hand; ``file`` is what findings call it, and beside which its own modules are.
    There need be no such file.

    Raises:
        UsageError: There is no such dialect or rule.
    """
    options = options or Options()
    facts = all_facts()
    for dialect in options.dialects:
        if dialect not in facts:
            raise UsageError(f"no dialect {dialect}; there are {', '.join(facts)}")
    for name in options.rules:
        if name not in NAMES:
            raise UsageError(f"there is no rule {name}; luahost check --rules lists them")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST))
    try:
        return _checked(file, text, options)
    except RecursionError:
        source = Source(file, text)
        source.problem = SyntaxProblem(0, 0)
        words = "this is nested too deeply to be checked"
        return Report(source, (Finding(SYNTAX, "error", words, "", file, 1, 1, 1, 1),), None)
    finally:
        sys.setrecursionlimit(before)


def _checked(file: str, text: bytes, options: Options) -> Report:
    refused = refusal(text)
    source = Source(file, text) if refused is not None else parse(file, text)
    if refused is not None:
        return reported(source, [not_loaded(source, refused)], None, options)
    if source.problem is not None:
        found = [_not_understood(source)]
        script = None
    else:
        script = Script(source, all_facts(), options)
        found = merged(_findings(script, options), options.dialects)
        if options.run:
            # Imported here: it starts the engine, which the rules alone do not need.
            from luahost.check.dynamic import confirmed

            found = merged(confirmed(script, found, options), options.dialects)
    return reported(source, found, script, options)


def reported(source: Source, found: Sequence[Finding], script: Script | None, options: Options) -> Report:
    """
    The report of these findings, without what the script's comments ignore.
    """
    comments = ignores(source)
    found = list(_levelled(found, options))
    left = list(kept(found, comments))
    ignored = len(found) - len(left)
    asked = {rule.name for rule in RULES if _level(rule, options) != "off"}
    if options.rules.get(IGNORE) != "off":
        left += complaints(source, comments, NAMES, asked)
    left.sort(key=lambda finding: (finding.line, finding.column, SEVERITIES.index(finding.severity)))
    return Report(source, tuple(left), script, ignored)


def _levelled(findings: Sequence[Finding], options: Options) -> Iterator[Finding]:
    """
    Findings of what is no rule of its own, as bad as is asked for.
    """
    for finding in findings:
        level = options.rules.get(finding.rule)
        if level is None or finding.rule not in (SYNTAX, *SEEN):
            yield finding
        elif level != "off":
            yield finding._replace(severity=level)


def _level(rule: type[Rule], options: Options) -> str:
    return options.rules.get(rule.name, "off" if rule.asked else rule.severity)


def _findings(script: Script, options: Options) -> Iterator[Finding]:
    for rule in RULES:
        level = options.rules.get(rule.name)
        if level == "off" or (level is None and rule.asked):
            continue
        for dialect, view in script.views.items():
            for problem in rule().problems(script, view):
                severity = level or problem.severity or rule.severity
                yield _finding(script.source, rule.name, problem, severity, dialect)


def _finding(source: Source, rule: str, problem: Problem, severity: Severity, dialect: str) -> Finding:
    start, end = (problem.node.start, problem.node.end) if problem.node is not None else (0, 0)
    line, column = source.place(start)
    end_line, end_column = source.place(end)
    return Finding(
        rule=rule,
        severity=severity,
        message=problem.message,
        help=named(problem.help, [dialect]),
        file=source.file,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        dialects=(dialect,),
        edits=problem.edits,
    )


def merged(findings: Iterator[Finding] | Sequence[Finding], dialects: Sequence[str]) -> list[Finding]:
    """
    One finding for what is said of the same place in the same words for several dialects.
    """
    found: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.line, finding.column, finding.end_line, finding.message)
        if key in found:
            both = found[key].dialects + finding.dialects
            helps = dict.fromkeys(help for help in (found[key].help, finding.help) if help)
            found[key] = found[key]._replace(
                dialects=tuple(name for name in dialects if name in both), help="; ".join(helps)
            )
        else:
            found[key] = finding
    return [one._replace(message=named(one.message, one.dialects)) for one in found.values()]


def _not_understood(source: Source) -> Finding:
    """
    Lua takes the script, the grammar does not: that is not the script's fault, but nobody has checked it.
    """
    problem = source.problem
    assert problem is not None
    line, column = source.place(problem.start)
    words = "luahost cannot read this, though Lua can: nothing in this script was checked"
    return Finding(SYNTAX, "warning", words, "", source.file, line, column, line, len(source.line(line)) + 1)

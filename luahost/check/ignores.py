"""
``-- luahost: ignore=RULE reason``: findings that a script's author knows of.

The comment holds for its own line; if it stands alone, for the next one. Several rules are written with
commas. A reason is asked for, so that the next reader knows; an ignore without one, or of a rule that there
is not, is a finding itself, as is one that nothing needs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from luahost import patterns
from luahost.check.finding import Finding
from luahost.check.syntax import Source

DIRECTIVE = patterns.compile(
    r"\s*luahost:\s*ignore\s*=\s*(?P<rules>[A-Za-z0-9_,-]+)(?P<reason>.*)", re.DOTALL
)
NAME = "ignore"


class Ignore:
    """
    One comment.

    Attributes:
        rules: The rules that it names.

        reason: Why.

        line: The line that it holds for.

        at: The line that it stands in.

        used: The rules for which it had something to ignore.
    """

    def __init__(self, rules: list[str], reason: str, line: int, at: int) -> None:
        self.rules = rules
        self.reason = reason
        self.line = line
        self.at = at
        self.used: set[str] = set()


def ignores(source: Source) -> list[Ignore]:
    """
    The comments of a script that say so.
    """
    found = []
    for comment in source.comments:
        match = DIRECTIVE.match(comment.text)
        if match:
            rules = [rule for rule in match["rules"].split(",") if rule]
            line = comment.line + 1 if comment.alone else comment.line
            found.append(Ignore(rules, match["reason"].strip(), line, comment.line))
    return found


def kept(findings: Iterable[Finding], comments: list[Ignore]) -> Iterator[Finding]:
    """
    The findings that no comment is about.
    """
    for finding in findings:
        about = [one for one in comments if finding.line == one.line and finding.rule in one.rules]
        for one in about:
            one.used.add(finding.rule)
        if not about:
            yield finding


def complaints(
    source: Source, comments: list[Ignore], rules: Collection[str], asked: Collection[str]
) -> Iterator[Finding]:
    """
    What is wrong with the comments themselves, once the findings have been looked at.

    Args:
        source: The script.

        comments: Its comments.

        rules: All rules that there are.

        asked: Those that have been looked for.
    """
    for comment in comments:
        for rule in comment.rules:
            if rule not in rules:
                yield _complaint(source, comment, f"there is no rule {rule}")
            elif rule not in comment.used and rule in asked:
                yield _complaint(source, comment, f"nothing here needs ignore={rule} any more")
        if not comment.reason:
            yield _complaint(source, comment, "an ignore wants a reason behind the rule")


def _complaint(source: Source, comment: Ignore, message: str) -> Finding:
    width = len(source.line(comment.at)) + 1
    return Finding(NAME, "warning", message, "", source.file, comment.at, 1, comment.at, width)

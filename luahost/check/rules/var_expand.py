"""
``user:var_expand`` in the other version's syntax.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost import patterns
from luahost.check.finding import Edit, Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import MethodCall, String, plain

SHORT = patterns.compile(r"(?<!%)%(?P<modifiers>[0-9.\-]*[A-Z]?)(?P<letter>[a-z])")
BRACES = patterns.compile(r"%[^a-z%{]*\{(?P<inside>[^}]*)\}")
BOTH = {"u": "user", "h": "home", "s": "service"}
"""Letters whose names 2.3 and 2.4 have alike."""

NAMES = {"u": "user", "n": "user | username", "d": "user | domain", "h": "home", "s": "service"}


class VarExpand(Rule):
    """
    Variables that are not expanded.
    """

    name = "var-expand"
    severity = "error"
    title = "a variable that `user:var_expand` does not know"
    reason = (
        "2.3 has `%u`, `%{user}` and modifiers; 2.4 has `%{user | upper}` and leaves `%u` as it stands. "
        "What one of "
        "them does not know it raises on (2.4) or puts `UNSUPPORTED_VARIABLE_…` for it (2.3)."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        filters = view.facts.switches["var_expand"] == "filters"
        for node in view.nodes(MethodCall):
            if node.name != "var_expand" or len(node.arguments) != 1:
                continue
            text = plain(node.arguments[0])
            if not isinstance(text, String) or not script.meaning.may_be(node.object, "mail_user"):
                continue
            complaint = self._filters(text.value) if filters else self._percent(text.value)
            if complaint:
                words, hint = complaint
                yield Problem(text, f"{words} in {view.facts.title}", hint, edits=self._both(text))

    def _both(self, text: String) -> tuple[Edit, ...]:
        """
        The text with names that both versions know for those letters that have one.
        """
        found = list(SHORT.finditer(text.value))
        if not text.value.isascii() or not all(
            match["letter"] in BOTH and not match["modifiers"] for match in found
        ):
            return ()
        start = text.inside
        return tuple(
            Edit(start + match.start(), start + match.end(), f"%{{{BOTH[match['letter']]}}}")
            for match in found
        )

    def _filters(self, text: str) -> tuple[str, str] | None:
        short = SHORT.search(text)
        if short:
            name = NAMES.get(short["letter"])
            hint = f"write %{{{name}}}" if name and not short["modifiers"] else ""
            return f"{short[0]} stays as it is", hint
        for match in BRACES.finditer(text):
            if match["inside"].startswith("if;"):
                return f"{match[0]} raises", ""
        return None

    def _percent(self, text: str) -> tuple[str, str] | None:
        for match in BRACES.finditer(text):
            if "|" in match["inside"]:
                name = match["inside"].split("|")[0].strip()
                return f"{match[0]} becomes UNSUPPORTED_VARIABLE_{match['inside']}", f"2.3 knows %{{{name}}}"
        return None

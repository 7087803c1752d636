"""
Content types that are misspelt.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from luahost.check.finding import Edit, Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Expression, Field, MethodCall, String, plain

COMMON = (
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data",
    "text/html",
    "text/plain",
)
REAL = (*COMMON, "application/json5", "application/jsonl", "application/jose", "text/xml", "text/plan9")


class ContentType(Rule):
    """
    A content type that there is not.
    """

    name = "content-type"
    severity = "warning"
    title = "a content type that there is not"
    reason = (
        "An endpoint that looks at the content type does not see a form in "
        "`application/x-www-form-url.escaped`, which the documents' second example sends."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for value in self._values(view):
            if not isinstance(value, String):
                continue
            written = value.value.partition(";")[0].strip()
            if not written or written.lower() in REAL:
                continue
            if "/" not in written:
                yield Problem(value, f"{written} is no content type", "it has two halves: application/json")
                continue
            near = get_close_matches(written.lower(), COMMON, n=1, cutoff=0.85)
            if near:
                start = value.inside + value.value.index(written)
                edits = (Edit(start, start + len(written), near[0]),)
                words = f"there is no content type {written}"
                yield Problem(value, words, f"did you mean {near[0]}?", edits=edits)

    def _values(self, view: View) -> Iterator[Expression]:
        for field in view.nodes(Field):
            if (field.name or "").lower() in ("content-type", "content_type"):
                yield plain(field.value)
        for call in view.nodes(MethodCall):
            if call.name == "add_header" and len(call.arguments) == 2:
                name, value = (plain(argument) for argument in call.arguments)
                if isinstance(name, String) and name.value.lower() == "content-type":
                    yield value

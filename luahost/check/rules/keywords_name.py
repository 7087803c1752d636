"""
``keywords_set`` and ``keywords_clear`` of the documents, ``keywords`` of the servers.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Edit, Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import is_question, is_written
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Index

NAMES = ("keywords_set", "keywords_clear")


class KeywordsName(Rule):
    """
    The name of a flag event's keywords.
    """

    name = "keywords-name"
    severity = "error"
    title = "`keywords_set` and `keywords_clear` are called `keywords`"
    reason = (
        "The documents say `keywords_set` and `keywords_clear`; both servers have `keywords` in FlagsSet "
        "and in "
        "FlagsClear, and the documented names are nil there."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        meaning = script.meaning
        names = (view.facts.switches["keywords_set"], view.facts.switches["keywords_clear"])
        for node in view.nodes(Index):
            if node.name not in NAMES or not meaning.is_a(node.object, "push_event"):
                continue
            if is_written(node) or is_question(node, meaning) or not view.absent(node.object, node.name):
                continue
            right = names[NAMES.index(node.name)]
            yield Problem(
                node.key,
                f"there is no event.{node.name} in {view.facts.title}: it is nil",
                f"it is called {right}",
                edits=(Edit(node.key.start, node.key.end, right),) if right == "keywords" else (),
            )

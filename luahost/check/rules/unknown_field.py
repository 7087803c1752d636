"""
Fields of events, users, mailboxes and status tables that are not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.rules.keywords_name import NAMES
from luahost.check.rules.members import CONSTANT_TABLES, SHOWN, absent_reads, advice, owner_of
from luahost.check.script import Script


class UnknownField(Rule):
    """
    A field that is always nil.
    """

    name = "unknown-field"
    severity = "warning"
    title = "a field that is not there"
    reason = (
        "Reading it gives nil: the push goes out without it, or the script raises where it joins it to a "
        "text. "
        "Which fields an event has depends on the event."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in absent_reads(script, view):
            owner = owner_of(script, node.object)
            if owner in CONSTANT_TABLES or node.name in (*NAMES, "plugin_getenv"):
                continue
            event = script.meaning.is_a(node.object, "push_event")
            if event and node.name == "user":
                continue
            shown = (owner or "an event of these kinds") if event else SHOWN.get(owner, owner)
            words = f"{shown} has no field {node.name} in {view.facts.title}: it is nil"
            yield Problem(node.key, words, advice(view.facts, owner, node.name or ""))

"""
``event.user``, and the third argument of handlers, which only the documents have.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import is_question, is_written
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Index, MethodCall, Name

HELP = "keep the user in the context: begin_txn gets it, as in return {user = user}"


class EventUser(Rule):
    """
    A user that Dovecot does not hand over.
    """

    name = "event-user"
    severity = "error"
    title = "handlers get no user"
    reason = (
        "The documents say that every event has a field `user`, and an example has a third argument. Both "
        "servers "
        "call handlers with two arguments, and no event has the field: both are nil."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        if view.facts.switches["event_user"]:
            return
        meaning = script.meaning
        for node in view.nodes(Index):
            if node.name != "user" or not meaning.is_a(node.object, "push_event") or is_written(node):
                continue
            if not is_question(node, meaning):
                yield Problem(node, f"events have no field user in {view.facts.title}: it is nil", HELP)
        for function, entries in meaning.functions.entries_of.items():
            third = function.parameters[2].binding if len(function.parameters) > 2 else None
            if third is None or third.writes or not all(entry in meaning.handlers for entry in entries):
                continue
            for read in third.reads:
                if isinstance(read.parent, MethodCall | Index) and self._is_owner(read) and view.runs(read):
                    words = f"handlers get two arguments in {view.facts.title}: {read.text} is nil"
                    yield Problem(read, words, HELP)
                    break

    def _is_owner(self, read: Name) -> bool:
        parent = read.parent
        return isinstance(parent, MethodCall | Index) and parent.object is read

"""
Mailboxes that are used after ``free()``.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import after, writes_between
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, MethodCall, Name, Node


class UseAfterFree(Rule):
    """
    A mailbox method after free().
    """

    name = "use-after-free"
    severity = "error"
    title = "a mailbox that is used after `free()`"
    reason = (
        "Every method but `free`, and `tostring`, reads memory that is gone: the mail process dies of "
        "SIGSEGV. The "
        "fields `vname` and `name` stay."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for call in view.nodes(MethodCall):
            owner = call.object
            if call.name != "free" or not isinstance(owner, Name) or owner.binding is None:
                continue
            if not script.meaning.is_a(owner, "mailbox"):
                continue
            for node in (inner for statement in after(call) for inner in statement.walk()):
                if not self._uses(script, node, owner) or not view.runs(node):
                    continue
                if not writes_between(owner.binding, call.end, node.start):
                    words = f"{owner.text} has been freed: this kills the mail process"
                    yield Problem(node, words, f"call {owner.text}:free() last")
                    break

    def _uses(self, script: Script, node: Node, owner: Name) -> bool:
        used: Node | None = None
        if isinstance(node, MethodCall) and node.name != "free":
            used = node.object
        elif isinstance(node, Call) and script.meaning.path(node.function) == "tostring" and node.arguments:
            used = node.arguments[0]
        return isinstance(used, Name) and used.binding is owner.binding

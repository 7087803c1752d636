"""
Calls of functions and methods that Dovecot does not have.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import protected
from luahost.check.rule import Rule
from luahost.check.rules.members import SHOWN, advice, owner_of, sets
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Index, MethodCall, Node


class UnknownMethod(Rule):
    """
    A call of something that is not there.
    """

    name = "unknown-method"
    severity = "error"
    title = "a function or method that Dovecot does not have"
    reason = (
        "The call raises `attempt to call a nil value`, and the rest of the handler does not run. 2.4 added "
        "functions that 2.3 does not have."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(MethodCall, Call):
            if isinstance(node, MethodCall):
                owner_node, name, sign = node.object, node.name, ":"
                at: Node = node.method
            elif isinstance(node.function, Index) and node.function.name is not None:
                index = node.function
                owner_node, name, sign = index.object, index.name or "", "."
                at = index.key
                if sets(script, index):
                    continue
            else:
                continue
            if (
                name == "plugin_getenv"
                or not view.absent(owner_node, name)
                or protected(node, script.meaning)
            ):
                continue
            owner = owner_of(script, owner_node)
            shown = SHOWN.get(owner, owner) or script.source.of(owner_node)
            yield Problem(
                at,
                f"there is no {shown}{sign}{name} in {view.facts.title}: this raises",
                advice(view.facts, owner, name),
            )

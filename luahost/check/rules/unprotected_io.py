"""
One failure that loses the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.kinds import JSON_MODULES
from luahost.check.meaning.usage import loop_around, protected
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Function, Index, MethodCall, Node, Statement

MAILBOX = ("open", "sync", "status", "metadata_get", "metadata_set", "metadata_unset", "metadata_list")
USER = ("metadata_get", "metadata_set", "metadata_unset", "metadata_list", "mailbox")


class UnprotectedIo(Rule):
    """
    A call in a loop that may raise, without pcall.
    """

    name = "unprotected-io"
    severity = "warning"
    title = "one failure in a loop loses the rest"
    reason = (
        "Mailbox calls raise: the mailbox may have been deleted since. So does reading an answer that is "
        "not the "
        "JSON that it should be. In a loop over messages the first error ends the function, and what has "
        "not been "
        "sent is never sent. `pcall` around the body keeps the others."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        said: set[Statement] = set()
        for node in view.nodes(MethodCall, Call):
            loop = loop_around(node)
            if loop is None or loop in said or protected(node, script.meaning):
                continue
            why = self._raises(script, node)
            if not why and isinstance(node, Call):
                for function in script.meaning.details(node.function, "function"):
                    why = why or self._inside(script, function)
            if why:
                said.add(loop)
                words = f"{why}; an error here ends the loop, and the rest is lost"
                yield Problem(node, words, "call the body of the loop with pcall")

    def _raises(self, script: Script, node: MethodCall | Call) -> str:
        meaning = script.meaning
        if isinstance(node, MethodCall):
            if node.name in MAILBOX and meaning.is_a(node.object, "mailbox"):
                return f"mailbox:{node.name} raises if the mailbox is gone"
            if node.name in USER[:4] and meaning.is_a(node.object, "mail_user"):
                return f"user:{node.name} raises if METADATA cannot be had"
            return ""
        called = node.function
        if isinstance(called, Index) and called.name == "decode" and node.arguments:
            modules = set(meaning.details(called.object, "module"))
            if modules and modules <= set(JSON_MODULES) - {"cjson.safe", "dkjson", "rapidjson"}:
                return f"{min(str(module) for module in modules)}.decode raises for what is no JSON"
        return ""

    def _inside(self, script: Script, function: object) -> str:
        if not isinstance(function, Function):
            return ""
        for node in function.body.walk():
            if isinstance(node, MethodCall | Call) and not protected_in(node, function, script):
                why = self._raises(script, node)
                if why:
                    return why
        return ""


def protected_in(node: Node, function: Function, script: Script) -> bool:
    """
    Whether an error is caught before it leaves a function.
    """
    return protected(node, script.meaning) and not protected(function, script.meaning)

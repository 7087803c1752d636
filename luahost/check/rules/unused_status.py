"""
Mailboxes that are looked at for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import escapes, held_by, uses_of
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import MethodCall

HARMLESS = ("open", "close", "sync", "status", "free")


class UnusedStatus(Rule):
    """
    A status that nobody reads.
    """

    name = "unused-status"
    severity = "warning"
    title = "a mailbox that is opened for nothing"
    reason = (
        "Opening and syncing a mailbox reads its index from disk, for every message. A script that does not "
        "use the "
        "status makes every delivery slower and gets nothing for it."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for call in view.nodes(MethodCall):
            if call.name != "mailbox" or not script.meaning.is_a(call.object, "mail_user"):
                continue
            binding = held_by(call)
            if (
                binding is None
                or escapes(binding, script.meaning)
                or any(not self._by_method(read) for read in binding.reads)
            ):
                continue
            uses = list(uses_of(binding))
            if not any(use.name in ("open", "sync", "status") for use in uses):
                continue
            if all(use.name in HARMLESS and not self._used(use) for use in uses):
                words = f"{binding.text} is opened, and nothing of it is used"
                yield Problem(call, words, "leave it out")

    def _by_method(self, read: nodes.Name) -> bool:
        return isinstance(read.parent, MethodCall)

    def _used(self, call: MethodCall) -> bool:
        """
        Whether somebody takes a call's result and reads it.
        """
        if isinstance(call.parent, nodes.CallStatement):
            return False
        taken = held_by(call)
        return taken is None or bool(taken.reads)

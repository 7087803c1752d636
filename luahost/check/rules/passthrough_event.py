"""
Passthrough events, which have to be logged.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import after, chain_of, escapes, held_by, root_of, uses_of, writes_between
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax import Binding, nodes
from luahost.check.syntax.nodes import MethodCall, Name


class PassthroughEvent(Rule):
    """
    A passthrough event without its log call, or used after it.
    """

    name = "passthrough-event"
    severity = "error"
    title = "a passthrough event that is not logged, or used again"
    reason = (
        "`event:passthrough_event()` is for one log line. Until that is written there may be no other one, "
        "Dovecot's "
        "own included: the process panics with `Can't create multiple passthrough events`. After it the "
        "object is "
        "gone, and using it panics too. A plain `dovecot.event(parent)` has none of this."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1; 2.4.3 and later log an error for one that is never logged."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for call in view.nodes(MethodCall):
            if call.name != "passthrough_event" or not script.meaning.is_a(call.object, "event"):
                continue
            chain = list(chain_of(call))
            if any(logs(one) for one in chain):
                continue
            binding = held_by(chain[-1])
            if binding is None:
                if not self._kept(chain[-1]):
                    yield self._never(call)
                continue
            written = [use for use in uses_of(binding) if any(logs(one) for one in chain_of(use))]
            if not written and not escapes(binding, script.meaning):
                yield self._never(call)
            for use in written:
                again = self._again(use, binding, view)
                if again is not None:
                    words = f"{binding.text} is used after its log call: this kills the mail process"
                    yield Problem(again, words, "make a new one")

    def _never(self, call: MethodCall) -> Problem:
        words = "this passthrough event is never logged, which kills the mail process at its next event"
        return Problem(call, words, "end it with a log call, or use dovecot.event(parent)")

    def _kept(self, call: MethodCall) -> bool:
        """
        Whether the object goes somewhere where it cannot be followed.
        """
        return not isinstance(call.parent, nodes.CallStatement)

    def _again(self, use: MethodCall, binding: Binding, view: View) -> MethodCall | None:
        for statement in after(use):
            for node in statement.walk():
                if not isinstance(node, MethodCall) or not view.runs(node):
                    continue
                root = root_of(node)
                if isinstance(root, Name) and root.binding is binding:
                    return None if writes_between(binding, use.end, node.start) else node
        return None


def logs(call: MethodCall) -> bool:
    """
    Whether a method writes a log line.
    """
    return call.name in ("log_debug", "log_info", "log_warning", "log_error")

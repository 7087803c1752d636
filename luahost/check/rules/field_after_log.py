"""
Fields that come after the log call.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import chain_of
from luahost.check.rule import Rule
from luahost.check.rules.passthrough_event import logs
from luahost.check.script import Script
from luahost.check.syntax import Binding
from luahost.check.syntax.nodes import Block, MethodCall, Node

FIELDS = ("add_str", "add_int", "add_timeval", "inc_int")


class FieldAfterLog(Rule):
    """
    A field of a named event that has been sent.
    """

    name = "field-after-log"
    severity = "warning"
    title = "a field that is added after the event was sent"
    reason = (
        "The first log call after `set_name` sends the named event to the statistics, even a debug line "
        "that nobody "
        "sees, and the name is forgotten. A field that is added later is in no named event. The documents' "
        "second "
        "example adds `result_code` after `log_debug`."
    )
    source = "Seen in Dovecot 2.3.19.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for binding in script.scopes.locals:
            yield from self._variable(script, view, binding)

    def _variable(self, script: Script, view: View, binding: Binding) -> Iterator[Problem]:
        if not any(script.meaning.is_a(read, "event") for read in binding.reads[:1]):
            return
        state = ""
        made = binding.writes[0].value if binding.writes else None
        while isinstance(made, MethodCall):
            state = "named" if made.name == "set_name" and not state else "sent" if logs(made) else state
            made = made.object
        for call in self._calls(binding):
            if not view.runs(call) or self._block(call) is not self._block(binding.declared):
                continue
            if call.name == "set_name":
                state = "named"
            elif logs(call) and state == "named":
                state = "sent"
            elif call.name in FIELDS and state == "sent":
                yield Problem(
                    call.method,
                    f"the event was sent by the log call above, without what {call.name} adds here",
                    "add fields before the first log call, or set_name again",
                )
                return

    def _calls(self, binding: Binding) -> Iterator[MethodCall]:
        """
        The calls on a variable and on what they answer, in order.
        """
        for read in binding.reads:
            if isinstance(read.parent, MethodCall) and read.parent.object is read:
                yield from chain_of(read.parent)

    def _block(self, node: Node) -> Node | None:
        return next((above for above in node.above() if isinstance(above, Block)), None)

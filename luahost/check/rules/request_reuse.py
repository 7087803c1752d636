"""
Requests that are used after ``submit()``.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import after, loop_around, writes_between
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import MethodCall, Name


class RequestReuse(Rule):
    """
    A request that was submitted already.
    """

    name = "request-reuse"
    severity = "error"
    title = "a request that is used after `submit()`"
    reason = (
        "After `submit()` Dovecot lets the request go. A second `submit()`, or a header added late, works "
        "with "
        "memory that is another request's by then: the wrong request is sent, and the process panics later. "
        "Make "
        "one with `client:request` for each."
    )
    source = "Seen in Dovecot 2.3.19.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for call in view.nodes(MethodCall):
            owner = call.object
            if call.name != "submit" or not isinstance(owner, Name) or owner.binding is None:
                continue
            if not script.meaning.is_a(owner, "http_request"):
                continue
            loop = loop_around(call)
            outside = loop is not None and not owner.binding.declared.within(loop)
            if outside and loop is not None and not writes_between(owner.binding, loop.start, loop.end):
                words = f"{owner.text} is made once and submitted in every round: this kills the mail process"
                yield Problem(call, words, "make the request in the loop")
                continue
            for node in (inner for statement in after(call) for inner in statement.walk()):
                if (
                    isinstance(node, MethodCall)
                    and isinstance(node.object, Name)
                    and node.object.binding is owner.binding
                    and view.runs(node)
                    and not writes_between(owner.binding, call.end, node.start)
                ):
                    what = "kills the mail process" if node.name == "submit" else "comes too late"
                    words = f"{owner.text} has been submitted: {node.name} {what}"
                    yield Problem(node, words, "make a new request")
                    break

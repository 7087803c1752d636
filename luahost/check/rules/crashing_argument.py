"""
Arguments that kill the mail process.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Constant, Index, MethodCall, Table, plain

OBJECTS = (
    "mail_user",
    "mailbox",
    "event",
    "passthrough_event",
    "http_client",
    "http_request",
    "http_response",
)


class CrashingArgument(Rule):
    """
    A table of the script's own where Dovecot wants an object of its.
    """

    name = "crashing-argument"
    severity = "error"
    title = "an argument that kills the mail process"
    reason = (
        "Dovecot only looks whether an object is a table. A table of the script's own has no object in it, "
        "and "
        "Dovecot dies of SIGSEGV: `dovecot.event({})`, `user.metadata_get({}, key)`. So does 2.3 of "
        "`user:plugin_getenv(nil)`."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        meaning = script.meaning
        for call in view.nodes(Call):
            called = plain(call.function)
            if not isinstance(called, Index) or not call.arguments:
                continue
            first = plain(call.arguments[0])
            parent = called.name == "event" and meaning.is_a(called.object, "dovecot")
            method = meaning.is_a(called.object, *OBJECTS) and called.name in self._methods(
                script, view, called
            )
            if (parent or method) and meaning.is_a(first, "table") and isinstance(first, Table):
                words = "a table of the script's own is no object of Dovecot: this kills the mail process"
                yield Problem(first, words, "leave it out" if parent else "call it with a colon")
        for node in view.nodes(MethodCall):
            if (
                node.name != "plugin_getenv"
                or not node.arguments
                or not view.facts.has("mail_user", node.name)
            ):
                continue
            key = plain(node.arguments[0])
            if meaning.is_a(node.object, "mail_user") and isinstance(key, Constant | Table):
                shown = key.text if isinstance(key, Constant) else "a table"
                yield Problem(key, f"plugin_getenv with {shown} kills the mail process of {view.facts.title}")

    def _methods(self, script: Script, view: View, called: Index) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for what in script.meaning.whats(called.object):
            found |= view.facts.methods.get(what, frozenset())
        return found

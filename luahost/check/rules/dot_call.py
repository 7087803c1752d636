"""
Methods that are called with a dot, and functions that are called with a colon.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Edit, Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import protected
from luahost.check.rule import Rule
from luahost.check.rules.crashing_argument import OBJECTS
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Index, MethodCall, Table, plain


class DotCall(Rule):
    """
    The wrong one of . and :
    """

    name = "dot-call"
    severity = "error"
    title = "`.` for `:`, or `:` for `.`"
    reason = (
        "`user:mailbox(name)` hands the user over, `user.mailbox(name)` does not, and raises `Bad argument "
        "#1`. The "
        "functions of `dovecot` want no object: `dovecot:i_info(text)` raises `expecting 1 parameter(s)`."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        meaning = script.meaning
        for call in view.nodes(Call):
            called = plain(call.function)
            if not isinstance(called, Index) or called.name is None or protected(call, meaning):
                continue
            kinds = meaning.whats(called.object)
            if not kinds or not kinds <= set(OBJECTS):
                continue
            if not all(called.name in view.facts.methods.get(kind, ()) for kind in kinds):
                continue
            first = plain(call.arguments[0]) if call.arguments else None
            known = meaning.whats(first) if first is not None else {"nothing"}
            if known and not known & set(OBJECTS) and not isinstance(first, Table):
                at = called.key.start - 1
                yield Problem(
                    called,
                    f"{called.name} is a method, and without its object it raises",
                    f"write {script.source.of(called.object)}:{called.name}",
                    edits=(Edit(at, at + 1, ":"),) if script.source.text[at : at + 1] == b"." else (),
                )
        for node in view.nodes(MethodCall):
            if meaning.is_a(node.object, "dovecot", "http") and not protected(node, meaning):
                at = node.method.start - 1
                words = f"{node.name} is a function, and raises for the one argument too many"
                edits = (Edit(at, at + 1, "."),) if script.source.text[at : at + 1] == b":" else ()
                yield Problem(node, words, "write a dot", edits=edits)

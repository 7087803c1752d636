"""
The functions without which Dovecot can do nothing with a script.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.facts import BEGIN, END, MAIL_LUA
from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import Index, Name


class MissingFunction(Rule):
    """
    No begin_txn, no end_txn, or no handler.
    """

    name = "missing-function"
    severity = "error"
    title = "a function that Dovecot needs is not there"
    reason = (
        "Without `dovecot_lua_notify_begin_txn` no handler is called and every transaction writes an error. "
        "Without a handler nothing is called at all. Without `dovecot_lua_notify_end_txn` every transaction "
        "ends with an error in the log. Dovecot looks for functions among the global variables only."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        there = {name for name, variable in script.scopes.globals.items() if variable.writes}
        handlers = set(view.facts.handlers.values())
        # What is set under a name that is made up as the script runs cannot be known; nor that of a module.
        if sets_globals(script) or (there & set(MAIL_LUA) and not there & {BEGIN, END, *handlers}):
            return
        if self._is_module(script):
            return
        if not there & {BEGIN, END, *handlers}:
            yield Problem(None, "none of the functions that Dovecot calls is here: is this a push script?")
            return
        if BEGIN not in there:
            yield Problem(None, f"no function {BEGIN}, so no handler can run")
        if END not in there:
            yield Problem(None, f"no function {END}, so every transaction ends with an error in the log")
        if not there & handlers:
            yield Problem(None, "no handler of any event, so Dovecot never calls this script")

    def _is_module(self, script: Script) -> bool:
        statements = script.source.block.statements
        last = statements[-1] if statements else None
        return isinstance(last, nodes.Return) and bool(last.values)


def sets_globals(script: Script) -> bool:
    """
    Whether a script sets global variables by way of ``_G``.
    """
    return any(
        isinstance(target, Index) and isinstance(target.object, Name) and target.object.text == "_G"
        for node in script.nodes(nodes.Assign)
        for target in node.targets
    )

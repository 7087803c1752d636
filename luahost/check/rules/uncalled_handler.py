"""
Functions that look like handlers and are none.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.facts import BEGIN, END
from luahost.check.finding import Edit, Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule, did_you_mean
from luahost.check.rules.missing_function import sets_globals
from luahost.check.script import Script
from luahost.check.syntax.nodes import Function


class UncalledHandler(Rule):
    """
    A misspelt handler, a local one, or one that is no function.
    """

    name = "uncalled-handler"
    severity = "error"
    title = "a handler that Dovecot never calls"
    reason = (
        "Dovecot calls global functions of fourteen names and looks for no others. A handler with a letter "
        "wrong, "
        "a local one, or a table that can be called is passed over without a word in the log."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        known = frozenset({BEGIN, END, "script_init", "script_deinit", *view.facts.handlers.values()})
        for name, variable in script.scopes.globals.items():
            for write in variable.writes:
                kinds = script.meaning.whats(write.value)
                if name in known and kinds and "function" not in kinds and "boolean" not in kinds:
                    what = "table" if "table" in kinds else min(kinds)
                    yield Problem(write.name, f"{name} is a {what}, and Dovecot calls only functions")
                elif name not in known and name.startswith("dovecot_lua_notify") and "function" in kinds:
                    words = f"Dovecot never calls {name}: there is no such event"
                    yield Problem(write.name, words, did_you_mean(name, known))
        for binding in script.scopes.locals:
            if binding.text not in known or binding.kind not in ("local", "function") or binding.function:
                continue
            there = script.scopes.globals.get(binding.text)
            if (there and there.writes) or sets_globals(script):
                continue
            if any(isinstance(write.value, Function) for write in binding.writes):
                statement = binding.declared.parent
                edits: tuple[Edit, ...] = ()
                if binding.kind == "function" and statement is not None:
                    edits = (Edit(statement.start, statement.start + len("local "), ""),)
                words = f"{binding.text} is local, and Dovecot looks for global functions only"
                yield Problem(binding.declared, words, "leave out `local`", edits=edits)

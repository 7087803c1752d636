"""
Modules that are loaded for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import Call, String, plain


class UnusedRequire(Rule):
    """
    A module that nothing uses.
    """

    name = "unused-require"
    severity = "warning"
    title = "a module that nothing uses"
    reason = (
        "A script that requires a module does not load where the module is missing, and loads it for every "
        "session. One that it does not use is a dependency for nothing."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for binding in script.scopes.locals:
            statement = binding.declared.parent
            if binding.reads or not isinstance(statement, nodes.Local) or len(binding.writes) != 1:
                continue
            value = binding.writes[0].value
            call = plain(value) if value is not None else None
            if isinstance(call, Call) and script.meaning.path(call.function) == "require" and view.runs(call):
                name = plain(call.arguments[0]) if call.arguments else None
                shown = name.value if isinstance(name, String) else "it"
                words = f"{binding.text} is not used, yet the script does not load where {shown} is missing"
                yield Problem(binding.declared, words, "leave the line out")

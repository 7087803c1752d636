"""
``True``, ``False`` and ``None``, which are Python's.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Name

LUA = {"True": "true", "False": "false", "None": "nil"}


class PythonName(Rule):
    """
    Python's words.
    """

    name = "python-name"
    severity = "warning"
    title = "`True` is a variable that nobody has set"
    reason = (
        "Lua writes `true`, `false` and `nil`. `True` is a global variable, and nil: a setting that gets it "
        "is not "
        "set at all. The documents' own examples have `debug=True`."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(Name):
            known = script.scopes.globals.get(node.text)
            if node.text in LUA and node.binding is None and known is not None and not known.writes:
                right = LUA[node.text]
                words = f"{node.text} is Python's; in Lua it is a variable that nobody has set, so nil"
                yield Problem(node, words, f"write {right}")

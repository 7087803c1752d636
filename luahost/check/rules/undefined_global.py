"""
Variables that nothing sets.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import is_question
from luahost.check.rule import Rule, did_you_mean
from luahost.check.rules.python_name import LUA
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Index, MethodCall, Name

OTHER_LUAS = frozenset(
    {
        "unpack",
        "loadstring",
        "setfenv",
        "getfenv",
        "module",
        "newproxy",
        "bit",
        "bit32",
        "jit",
        "gcinfo",
        "arg",
    }
)
"""What Lua 5.4 does not have and another Lua has."""


class UndefinedGlobal(Rule):
    """
    A global variable that is nil.
    """

    name = "undefined-global"
    severity = "warning"
    title = "a variable that nothing sets"
    reason = (
        "A misspelt name is a global variable, and nil. Calling it or looking into it raises; under "
        "`dovecot.restrict_global_variables(true)` reading it raises too."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        said: set[str] = set()
        for node in view.nodes(Name):
            name = node.text
            if node.binding is not None or name in view.facts.globals or name in OTHER_LUAS or name in LUA:
                continue
            variable = script.scopes.globals[name]
            if variable.writes or name in said or is_question(node, script.meaning):
                continue
            said.add(name)
            parent = node.parent
            raises = (isinstance(parent, Call) and parent.function is node) or (
                isinstance(parent, MethodCall | Index) and parent.object is node
            )
            names = [one for one, known in script.scopes.globals.items() if known.writes]
            names += [binding.text for binding in script.scopes.locals if binding.function is None]
            words = f"nothing sets {name}, so it is nil" + (": this raises" if raises else "")
            hint = did_you_mean(name, frozenset(names) | view.facts.globals)
            yield Problem(node, words, hint, "error" if raises else None)

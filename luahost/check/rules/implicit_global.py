"""
Variables of a function that are global for want of ``local``.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script


class ImplicitGlobal(Rule):
    """
    A global variable that a function makes.
    """

    name = "implicit-global"
    severity = "warning"
    title = "a variable without `local`"
    reason = (
        "It is one variable for the whole session: what one transaction leaves in it the next one finds, "
        "and two "
        "transactions can be under way at once (IMAP MOVE). Under `dovecot.restrict_global_variables(true)` "
        "the "
        "assignment raises. A global variable that the script sets outside of its functions is taken for "
        "meant."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for name, variable in script.scopes.globals.items():
            writes = [write for write in variable.writes if view.runs(write.name)]
            if not writes or any(write.function is None for write in variable.writes):
                continue
            if all("function" in script.meaning.whats(write.value) for write in writes):
                continue
            first = min(writes, key=lambda write: write.name.start)
            words = f"{name} is a global variable, which all transactions of a session share"
            yield Problem(first.name, words, f"write local {name}")

"""
``print`` in a mail server.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call


class OutputNowhere(Rule):
    """
    Output that nobody gets.
    """

    name = "output-nowhere"
    severity = "note"
    title = "`print` goes nowhere"
    reason = "A mail process has no standard output: what `print` and `io.write` write is lost."
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(Call):
            path = script.meaning.path(node.function)
            if path in ("print", "io.write", "warn"):
                yield Problem(node, f"what {path} writes is lost in Dovecot", "use dovecot.i_info or i_debug")

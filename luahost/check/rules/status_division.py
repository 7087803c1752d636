"""
``status / 100 ~= 2``.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Edit, Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Binary, Number, plain


class StatusDivision(Rule):
    """
    A status compared after a division that leaves a fraction.
    """

    name = "status-division"
    severity = "error"
    title = "201 / 100 is 2.01"
    reason = (
        "`/` gives a fraction in every Lua. `status / 100 ~= 2` is true for 201, 202 and 204, so good "
        "answers are "
        "logged as errors; the documents' first example does it."
    )
    source = "Seen in Dovecot 2.3.19.1 with an endpoint that answers 201."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(Binary):
            if node.operator not in ("==", "~="):
                continue
            for one, other in ((node.left, node.right), (node.right, node.left)):
                division, number = plain(one), plain(other)
                if (
                    isinstance(division, Binary)
                    and division.operator == "/"
                    and isinstance(number, Number)
                    and isinstance(divisor := plain(division.right), Number)
                    and divisor.value == 100
                    and number.value in (1, 2, 3, 4, 5)
                ):
                    example = 100 * int(number.value) + 4
                    edits = (
                        Edit(division.start, division.start, "math.floor("),
                        Edit(division.end, division.end, ")"),
                    )
                    exact = 100 * int(number.value)
                    words = f"{example} / 100 is {example / 100}, so this is true of {exact} only"
                    yield Problem(node, words, "write math.floor(status / 100)", edits=edits)

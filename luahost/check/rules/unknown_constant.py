"""
Constants of ``dovecot.storage`` that are not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.rules.members import CONSTANT_TABLES, SHOWN, absent_reads, advice, owner_of
from luahost.check.script import Script


class UnknownConstant(Rule):
    """
    A constant that is nil.
    """

    name = "unknown-constant"
    severity = "error"
    title = "a constant that is not there"
    reason = (
        "A constant that does not exist is nil, and `mailbox:status(nil)` or `user:mailbox(name, nil)` "
        "raises "
        "`number expected, got nil`. The documents name some that never existed, and 2.4 took one away."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in absent_reads(script, view):
            owner = owner_of(script, node.object)
            if owner in CONSTANT_TABLES:
                words = f"there is no {SHOWN[owner]}.{node.name} in {view.facts.title}: it is nil"
                yield Problem(node.key, words, advice(view.facts, owner, node.name or ""))

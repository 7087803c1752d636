"""
``end_txn`` that does not ask whether the transaction went well.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.facts import END
from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.rules.script_init_result import declared
from luahost.check.script import Script


class IgnoresSuccess(Rule):
    """
    An end_txn without its second argument.
    """

    name = "ignores-success"
    severity = "note"
    asked = True
    title = "`end_txn` does not look at `success`"
    reason = (
        "After a rollback no handler was called and `success` is false. A script that sends what its "
        "handlers "
        "collected does the right thing without looking; one that sends anything else does not. For those "
        "who ask."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for function in script.meaning.functions.entries.get(END, []):
            second = function.parameters[1].binding if len(function.parameters) > 1 else None
            if second is None or not second.reads:
                yield Problem(declared(function), "end_txn does not ask whether the transaction went well")

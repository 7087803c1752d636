"""
What belongs to one transaction, in a variable that all of them share.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.facts import BEGIN, END
from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.paths import function_of
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Function, Number, Table, plain
from luahost.check.syntax.scopes import Variable, Write


class SharedState(Rule):
    """
    A variable of the file that begin_txn sets anew.
    """

    name = "shared-state"
    severity = "warning"
    title = "one transaction's data in a variable that all share"
    reason = (
        "Two transactions can be under way in one session: IMAP MOVE begins one for each mailbox before "
        "either ends. A list in a variable of the file that `begin_txn` empties then loses what the first "
        "one has collected, or the second one sends it once more. What belongs to a transaction belongs "
        "into the context that `begin_txn` returns."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        functions = script.meaning.functions.entries
        begins = set(functions.get(BEGIN, ()))
        later = {one for name in (END, *script.meaning.handlers) for one in functions.get(name, ())}
        variables: list[Variable] = list(script.scopes.globals.values())
        variables += [one for one in script.scopes.locals if one.function is None and one.kind == "local"]
        for variable in variables:
            reset = next((one for one in variable.writes if self._resets(one, begins)), None)
            if reset is not None and view.runs(reset.name) and self._read_in(variable, later):
                words = (
                    f"{variable.text} is one variable for all transactions, and two may be under way at once"
                )
                yield Problem(reset.name, words, "keep it in the context that begin_txn returns")

    def _resets(self, write: Write, begins: set[Function]) -> bool:
        """
        Whether ``begin_txn`` makes a variable empty, or counts from the beginning again.
        """
        value = plain(write.value) if write.value is not None else None
        return write.function in begins and isinstance(value, Table | Number)

    def _read_in(self, variable: Variable, functions: set[Function]) -> bool:
        for read in variable.reads:
            function = function_of(read)
            while function is not None:
                if function in functions:
                    return True
                function = function_of(function)
        return False

"""
Users and mailboxes that outlive their transaction.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import Kind, Kinds, View
from luahost.check.meaning.paths import function_of
from luahost.check.meaning.usage import uses_of
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax import Binding, nodes
from luahost.check.syntax.nodes import Constant, Expression, Index, Node, Table, plain
from luahost.check.syntax.scopes import Variable, value_at

OBJECTS = ("mail_user", "mailbox")


class KeptObject(Rule):
    """
    A user or a mailbox in a variable that lives as long as the session.
    """

    name = "kept-object"
    severity = "error"
    title = "a user or a mailbox that is kept"
    reason = (
        "Dovecot counts who holds a user when its session ends. A user object that a global variable, a "
        "variable of "
        "the file or a table in one still holds then ends the process with an assertion: `mail-user.c: "
        "assertion failed: ((*user)->refcount == 1)`. A mailbox that has not been freed does the same. Keep "
        "them in "
        "the context that `begin_txn` returns, and texts elsewhere."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        variables: list[Variable] = list(script.scopes.globals.values())
        variables += [one for one in script.scopes.locals if one.function is None and one.kind == "local"]
        for variable in variables:
            yield from self._variable(script, view, variable)

    def _variable(self, script: Script, view: View, variable: Variable) -> Iterator[Problem]:
        if self._let_go(variable):
            return
        for write in variable.writes:
            if write.function is None or write.value is None or not view.runs(write.name):
                continue
            held = self._held(script, script.meaning.result_of(write.value, write.position))
            if held and not (held == "mailbox" and self._freed(variable)):
                yield self._problem(write.name, held, variable.text)
        for read in variable.reads:
            index = read.parent
            if not isinstance(index, Index) or index.object is not read or function_of(read) is None:
                continue
            statement = index.parent
            if (
                not isinstance(statement, nodes.Assign)
                or index not in statement.targets
                or not view.runs(index)
            ):
                continue
            value, position = value_at(statement.values, list(statement.targets).index(index))
            held = self._held(script, script.meaning.result_of(value, position)) if value is not None else ""
            if held and not self._emptied(variable):
                yield self._problem(index, held, variable.text)

    def _problem(self, node: Node, held: str, name: str) -> Problem:
        what = "a user" if held == "mail_user" else "a mailbox"
        words = (
            f"{name} keeps {what} beyond the transaction, which kills the mail process when the session ends"
        )
        return Problem(node, words, "keep it in the context that begin_txn returns")

    def _held(self, script: Script, kinds: Kinds) -> str:
        """
        Which object a value is, or holds in a table; empty if none.
        """
        for kind in kinds:
            if kind.what in OBJECTS:
                return kind.what
            for inner in self._inside(script, kind):
                if inner.what in OBJECTS:
                    return inner.what
        return ""

    def _inside(self, script: Script, kind: Kind) -> Kinds:
        return script.meaning.tables.elements_of(kind) if isinstance(kind.detail, Table) else frozenset()

    def _let_go(self, variable: Variable) -> bool:
        """
        Whether a function sets the variable to nil again.
        """
        return any(write.function is not None and is_nil(write.value) for write in variable.writes)

    def _emptied(self, variable: Variable) -> bool:
        """
        Whether fields of the table in the variable, or the whole table, are given up again.
        """
        for read in variable.reads:
            index = read.parent
            statement = index.parent if isinstance(index, Index) and index.object is read else None
            if isinstance(statement, nodes.Assign) and any(is_nil(value) for value in statement.values):
                return True
        return any(
            write.function is not None and write.value is not None and isinstance(plain(write.value), Table)
            for write in variable.writes
        )

    def _freed(self, variable: Variable) -> bool:
        if isinstance(variable, Binding):
            return any(call.name == "free" for call in uses_of(variable))
        return any(
            isinstance(read.parent, nodes.MethodCall) and read.parent.name == "free"
            for read in variable.reads
        )


def is_nil(value: Expression | None) -> bool:
    """
    Whether a value is ``nil`` as it stands.
    """
    node = plain(value) if value is not None else None
    return isinstance(node, Constant) and node.text == "nil"

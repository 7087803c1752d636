"""
Mailboxes that are not freed on every path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import after, escapes, held_by, uses_of
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax import Binding, nodes
from luahost.check.syntax.nodes import MethodCall, Statement, plain


class MailboxNotFreed(Rule):
    """
    A mailbox without free() on some path.
    """

    name = "mailbox-not-freed"
    severity = "note"
    title = "a mailbox that is not freed on every path"
    reason = (
        "A mailbox stays open, with its index in memory, until `free()`. Dovecot frees one that nothing "
        "reaches any "
        "more when the transaction is over, so this costs, and breaks nothing; one that is kept kills the "
        "process "
        "(`kept-object`)."
    )
    source = "Seen in Dovecot 2.3.19.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for call in view.nodes(MethodCall):
            if call.name != "mailbox" or not script.meaning.is_a(call.object, "mail_user"):
                continue
            binding = held_by(call)
            if binding is None or escapes(binding, script.meaning):
                continue
            if not any(use.name == "free" for use in uses_of(binding)):
                yield Problem(call, f"{binding.text} is never freed", f"call {binding.text}:free() when done")
                continue
            for leak in leaks(list(after(call)), binding, view)[1]:
                words = f"this leaves without {binding.text}:free()"
                yield Problem(leak, words, f"call {binding.text}:free() before")


def leaks(statements: Sequence[Statement], binding: Binding, view: View) -> tuple[bool, list[Statement]]:
    """
    Whether statements free a mailbox on every way through them, and the ``return`` statements that leave
    before.
    """
    found: list[Statement] = []
    for statement in statements:
        if not view.runs(statement):
            continue
        if frees(statement, binding):
            return True, found
        if isinstance(statement, nodes.Return):
            return True, [*found, statement]
        if isinstance(statement, nodes.If):
            results = [leaks(clause.body.statements, binding, view) for clause in statement.clauses]
            for _, inner in results:
                found += inner
            if statement.clauses[-1].condition is None and all(freed for freed, _ in results):
                return True, found
        elif isinstance(statement, nodes.Do):
            freed, inner = leaks(statement.body.statements, binding, view)
            found += inner
            if freed:
                return True, found
    return False, found


def frees(statement: Statement, binding: Binding) -> bool:
    """
    Whether a statement is ``mailbox:free()``.
    """
    call = plain(statement.call) if isinstance(statement, nodes.CallStatement) else None
    return (
        isinstance(call, MethodCall)
        and call.name == "free"
        and isinstance(call.object, nodes.Name)
        and call.object.binding is binding
    )

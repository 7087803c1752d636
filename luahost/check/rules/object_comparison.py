"""
Users and mailboxes that are compared.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Binary, Expression, Index, Name, plain

ORDER = ("<", "<=", ">", ">=")


class ObjectComparison(Rule):
    """
    A comparison that reads objects as texts.
    """

    name = "object-comparison"
    severity = "error"
    title = "users or mailboxes that are compared"
    reason = (
        "Dovecot's comparison of two user objects, and of mailboxes by order, takes both operands for texts "
        "and dies of SIGSEGV. Each transaction has a user object of its own. `mailbox == mailbox` works. "
        "Compare names: `user.username`, `mailbox.vname`."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        meaning = script.meaning
        for node in view.nodes(Binary):
            equal = node.operator in ("==", "~=")
            if not equal and node.operator not in ORDER:
                continue
            left, right = plain(node.left), plain(node.right)
            if isinstance(left, Name) and isinstance(right, Name) and left.binding is right.binding:
                continue
            if any(self._is_nil(one, script, view) for one in (left, right)):
                continue
            for one, other in ((left, right), (right, left)):
                user = meaning.is_a(one, "mail_user") and (
                    meaning.is_a(other, "table")
                    or (meaning.is_a(other, "mail_user") and (self._outlives(one) or self._outlives(other)))
                )
                order = not equal and meaning.is_a(one, "mailbox", "mail_user")
                if user or (order and not meaning.is_a(other, "integer", "string", "float")):
                    what = "users" if meaning.is_a(one, "mail_user") else "mailboxes"
                    names = "username" if what == "users" else "vname"
                    words = f"comparing {what} kills the mail process"
                    yield Problem(node, words, f"compare their names: {names}")
                    break

    def _is_nil(self, operand: Expression, script: Script, view: View) -> bool:
        """
        Whether an operand is the third argument of a handler, which only the documents have.
        """
        if view.facts.switches["event_user"] or not isinstance(operand, Name) or operand.binding is None:
            return False
        functions = script.meaning.functions.entries_of
        return any(
            operand.binding is one.binding for function in functions for one in function.parameters[2:3]
        )

    def _outlives(self, operand: Expression) -> bool:
        """
        Whether an operand comes from a variable that lives longer than a transaction, and so may be another
        transaction's object. In one transaction all are the same.
        """
        node = operand
        while isinstance(node, Index):
            node = plain(node.object)
        return isinstance(node, Name) and (node.binding is None or node.binding.function is None)

"""
``flags`` taken for a number where it is a list, or for a list where it is a number.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import Kind, View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Binary, Call, Constant, Expression, Index, Unary, plain

FLAGS = (Kind("list", "flags"), Kind("list", "flags_old"))
NUMBERS = frozenset(
    {"&", "|", "~", "<<", ">>", "+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "~="}
)
BIT_CALLS = ("band", "bor", "bxor", "btest", "has_flag", "set_flag", "clear_flag")
LIST_CALLS = ("ipairs", "pairs", "table.concat", "table.unpack", "unpack")


class FlagsBitmask(Rule):
    """
    flags in the form of the other dialect.
    """

    name = "flags-bitmask"
    severity = "error"
    title = "`flags` is a list of names, no bitmask"
    reason = (
        "The documents call `flags` of FlagsSet and FlagsClear a bitmask. Both servers hand over a list of "
        "names, "
        '`{"\\\\Seen", "\\\\Flagged"}`; arithmetic on it raises, a comparison is never true.'
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        number = view.facts.switches["flags_bitmask"]
        for node in view.nodes(Binary, Call, Unary):
            for operand in self._lists(script, node) if number else self._numbers(script, node):
                if number and self._of_flag_event(script, operand):
                    yield Problem(operand, f"flags is a number in {view.facts.title}, no list")
                elif not number:
                    words = f"flags is a list of names in {view.facts.title}, no number: "
                    bad = "this is never so" if self._compares(node) else "this raises"
                    yield Problem(operand, words + bad, "go through it with ipairs")

    def _compares(self, node: Binary | Call | Unary) -> bool:
        return isinstance(node, Binary) and node.operator in ("==", "~=")

    def _numbers(self, script: Script, node: Binary | Call | Unary) -> Iterator[Expression]:
        """
        Flags that are treated as a number.
        """
        operands: list[Expression] = []
        if isinstance(node, Binary) and node.operator in NUMBERS:
            operands = [node.left, node.right]
            if self._compares(node) and any(isinstance(plain(one), Constant) for one in operands):
                return
        elif isinstance(node, Call) and isinstance(node.function, Index) and node.function.name in BIT_CALLS:
            operands = list(node.arguments)
        yield from (one for one in operands if script.meaning.kinds(one) & set(FLAGS))

    def _lists(self, script: Script, node: Binary | Call | Unary) -> Iterator[Expression]:
        """
        Flags that are treated as a list.
        """
        operands: list[Expression] = []
        if isinstance(node, Call) and script.meaning.path(node.function) in LIST_CALLS:
            operands = list(node.arguments[:1])
        elif isinstance(node, Unary) and node.operator == "#":
            operands = [node.operand]
        yield from (one for one in operands if FLAGS[0] in script.meaning.kinds(one))

    def _of_flag_event(self, script: Script, operand: Expression) -> bool:
        index = plain(operand)
        events = script.meaning.details(index.object, "push_event") if isinstance(index, Index) else []
        return bool(events) and set(events) <= {"FlagsSet", "FlagsClear"}

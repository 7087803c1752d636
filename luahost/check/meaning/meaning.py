"""
Following values through a script.

An expression's kinds are all that it may be, as far as that is known; the empty set is "nobody knows". A
table constructor stands for the tables that it makes: what is put into them anywhere is what they may hold.
Order and branches are not looked at, but for what :mod:`luahost.check.meaning.view` says about dialects.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from luahost.check.facts import MEASURED, Facts
from luahost.check.meaning.calls import Calls
from luahost.check.meaning.functions import Functions
from luahost.check.meaning.kinds import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    LISTS,
    NIL,
    NUMBER,
    OF_TYPE,
    STRING,
    UNKNOWN,
    Kind,
    Kinds,
)
from luahost.check.meaning.paths import path
from luahost.check.meaning.tables import Tables
from luahost.check.syntax import Scopes, nodes
from luahost.check.syntax.nodes import Call, Expression, Function, Index, MethodCall, Name, Node, Table, plain
from luahost.check.syntax.scopes import Binding, Variable

COMPARISONS = frozenset({"==", "~=", "<", "<=", ">", ">="})
BITS = frozenset({"&", "|", "~", "<<", ">>"})

NOT_CUT = 1 << 30
"""Deeper than any question: no answer was cut short."""

TABLES = ("http", "storage", "dict", "doveadm_client")
"""The tables in ``dovecot``."""


class Meaning:
    """
    What the expressions of a script may be.

    Attributes:
        tables: The tables that the script makes.

        functions: The functions that it has.

        handlers: The events by the names of their handlers.

    Args:
        index: All nodes of the script by their class.

        scopes: Its variables.

        facts: The facts of all dialects, for the types of what Dovecot gives.
    """

    def __init__(self, index: dict[type[Node], list[Node]], scopes: Scopes, facts: Iterable[Facts]) -> None:
        self._scopes = scopes
        self._types: dict[str, dict[str, str]] = {}
        self.handlers: dict[str, str] = {}
        # Of a field that the documents give another type the servers' counts.
        for one in sorted(facts, key=lambda one: one.dialect not in MEASURED):
            self.handlers = {handler: event for event, handler in one.handlers.items()}
            for owner, fields in one.fields.items():
                for name, written in fields.items():
                    self._types.setdefault(owner, {}).setdefault(name, written)
        self.tables = Tables(self, index)
        self.functions = Functions(self, index, scopes)
        self._calls = Calls(self)
        self._known: dict[Hashable, Kinds] = {}
        self._for_now: dict[Hashable, tuple[Kinds, int]] = {}
        self._waiting: list[Hashable] = []
        self._asked: dict[Hashable, int] = {}
        self._cut = NOT_CUT

    # Kinds of expressions

    def kinds(self, expression: Expression | None) -> Kinds:
        """
        All that an expression may be; empty if that is not known.
        """
        if expression is None:
            return frozenset({NIL})
        node = plain(expression)
        return self.following(node, lambda: self._kinds(node))

    def following(self, question: Hashable, answer: Callable[[], Kinds]) -> Kinds:
        """
        The answer to a question that may lead back to itself.

        Where it does lead back, nothing is added. What is found on the way to a question that is still being
        asked is remembered only until that one is answered, since it may lack something.
        """
        known = self._known.get(question)
        if known is not None:
            return known
        if question in self._for_now:
            found, depth = self._for_now[question]
            self._cut = min(self._cut, depth)
            return found
        if question in self._asked:
            self._cut = min(self._cut, self._asked[question])
            return UNKNOWN
        depth = self._asked[question] = len(self._asked)
        before, self._cut = self._cut, NOT_CUT
        waiting = len(self._waiting)
        found = answer()
        del self._asked[question]
        if self._cut >= depth:
            self._known[question] = found
            for other in self._waiting[waiting:]:
                self._for_now.pop(other, None)
            del self._waiting[waiting:]
            self._cut = before
        else:
            self._for_now[question] = found, self._cut
            self._waiting.append(question)
            self._cut = min(before, self._cut)
        return found

    def whats(self, expression: Expression | None) -> set[str]:
        """
        The same without details and without nil.
        """
        return {kind.what for kind in self.kinds(expression)} - {"nil"}

    def is_a(self, expression: Expression | None, *whats: str) -> bool:
        """
        Whether an expression is one of these kinds, nil apart, and nothing else.
        """
        found = self.whats(expression)
        return bool(found) and found <= set(whats)

    def may_be(self, expression: Expression | None, *whats: str) -> bool:
        """
        Whether an expression may be one of these kinds.
        """
        return not self.whats(expression).isdisjoint(whats)

    def details(self, expression: Expression | None, what: str) -> list[str | Node | None]:
        """
        The details of an expression's kinds that are called so.
        """
        return [kind.detail for kind in self.kinds(expression) if kind.what == what]

    def _kinds(self, node: Expression) -> Kinds:
        match node:
            case Name():
                return self.variable(node)
            case nodes.String():
                return frozenset({STRING})
            case nodes.Number():
                return frozenset({INTEGER if isinstance(node.value, int) else FLOAT})
            case nodes.Constant():
                return frozenset({NIL if node.text == "nil" else BOOLEAN})
            case Function():
                return frozenset({Kind("function", node)})
            case Table():
                return frozenset({Kind("table", node)})
            case Index():
                return self._index_kinds(node)
            case Call() | MethodCall():
                return self._calls.results(node, 0)
            case nodes.Binary():
                return self._binary(node)
            case nodes.Unary():
                if node.operator in ("not", "#"):
                    return frozenset({BOOLEAN if node.operator == "not" else INTEGER})
                return self.kinds(node.operand)
        return UNKNOWN

    def _binary(self, node: nodes.Binary) -> Kinds:
        operator = node.operator
        if operator == "and":
            return self.kinds(node.right)
        if operator == "or":
            return (self.kinds(node.left) - {NIL}) | self.kinds(node.right)
        if operator == "..":
            return frozenset({STRING})
        if operator in COMPARISONS:
            return frozenset({BOOLEAN})
        if operator in BITS:
            return frozenset({INTEGER})
        sides = self.whats(node.left) | self.whats(node.right)
        if operator in ("/", "^") or "float" in sides:
            return frozenset({FLOAT})
        if "dovecot_number" in sides:
            return frozenset({Kind("dovecot_number")})
        return frozenset({INTEGER if sides == {"integer"} else NUMBER})

    def _index_kinds(self, node: Index) -> Kinds:
        found: set[Kind] = set()
        name = node.name
        for kind in self.kinds(node.object):
            if name is None:
                found |= self.tables.elements_of(kind)
            else:
                found |= self.member(kind, name)
        return frozenset(found)

    def member(self, kind: Kind, name: str) -> Kinds:
        """
        What a member of a value of this kind is.
        """
        if kind.what == "table" and isinstance(kind.detail, Table):
            return self.tables.field(kind.detail, name)
        if kind.what == "settings":
            return frozenset({Kind("setting", name)})
        if kind.what == "dovecot" and name in TABLES:
            return frozenset({Kind(name)})
        owner = kind.detail if kind.what == "push_event" else kind.what
        written = self._types.get(owner, {}).get(name) if isinstance(owner, str) else None
        if kind.what == "push_event" and name == "user":
            return frozenset({Kind("mail_user")})
        if written in LISTS:
            return frozenset({Kind("list", name)})
        return frozenset({OF_TYPE[written]}) if written in OF_TYPE else UNKNOWN

    # Variables

    def variable(self, name: Name) -> Kinds:
        """
        All that a variable may hold.
        """
        binding = name.binding
        if binding is None:
            if name.text == "dovecot":
                return frozenset({Kind("dovecot")})
            known = self._scopes.globals.get(name.text)
            return self._written(known) if known is not None else UNKNOWN
        found = set(self._written(binding))
        if binding.kind == "parameter" and binding.function is not None:
            found |= self.functions.parameter(binding.function, binding)
        elif binding.kind == "loop":
            found |= self._loop(binding)
        return frozenset(found)

    def _written(self, variable: Variable) -> Kinds:
        found: set[Kind] = set()
        for write in variable.writes:
            if write.value is not None:
                found |= self.result_of(write.value, write.position)
        return frozenset(found)

    def result_of(self, value: Expression, position: int) -> Kinds:
        """
        What stands for the target of that position in a list of values that ends with this one.
        """
        if isinstance(value, Call | MethodCall):
            return self._calls.results(value, position)
        return UNKNOWN if position else self.kinds(value)

    def _loop(self, binding: Binding) -> Kinds:
        loop = binding.loop
        if isinstance(loop, nodes.NumericFor):
            return self.kinds(loop.bounds[0])
        if not isinstance(loop, nodes.GenericFor) or not loop.values:
            return UNKNOWN
        position = next(i for i, name in enumerate(loop.names) if name.binding is binding)
        first = plain(loop.values[0])
        walked: Expression | None = None
        if isinstance(first, Call) and self.path(first.function) in ("pairs", "ipairs") and first.arguments:
            walked = first.arguments[0]
        elif self.path(first) == "next" and len(loop.values) > 1:
            walked = loop.values[1]
        if walked is None:
            return UNKNOWN
        return self.tables.elements(walked) if position else self._keys(walked)

    def _keys(self, walked: Expression) -> Kinds:
        found: set[Kind] = set()
        for kind in self.kinds(walked):
            if isinstance(kind.detail, Table):
                for key, _, _ in self.tables.puts(kind.detail):
                    found |= self.kinds(key) if key is not None else {INTEGER}
        return frozenset(found)

    def path(self, expression: Expression) -> str | None:
        """
        ``table.insert`` for what Lua's libraries have under that name; None for everything else.
        """
        return path(expression, self._scopes)

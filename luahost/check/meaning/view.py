"""
What of a script can run in a dialect.

Scripts for several versions ask first: ``user.plugin_getenv and user:plugin_getenv("x")``, ``if settings
then``. What a dialect lacks is nil there, so one side of the question is never reached, and no rule has
anything to say about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

from luahost.check.facts import Facts, may_be_nil
from luahost.check.meaning.kinds import Kind
from luahost.check.meaning.meaning import Meaning
from luahost.check.syntax import Scopes, nodes
from luahost.check.syntax.nodes import (
    Binary,
    Block,
    Expression,
    Function,
    If,
    Index,
    Name,
    Node,
    Return,
    plain,
)

N = TypeVar("N", bound=Node)
M = TypeVar("M", bound=Node)
P = TypeVar("P", bound=Node)

OWNERS = frozenset(
    {
        "dovecot",
        "http",
        "storage",
        "mail_user",
        "mailbox",
        "event",
        "passthrough_event",
        "http_client",
        "http_request",
        "http_response",
        "status",
    }
)
"""The kinds whose members the facts have."""


class View:
    """
    A script in one dialect.

    Attributes:
        facts: The dialect's facts.

        meaning: What the script's expressions are.
    """

    def __init__(self, block: Block, meaning: Meaning, scopes: Scopes, facts: Facts) -> None:
        self.facts = facts
        self.meaning = meaning
        self._scopes = scopes
        self._truths: dict[Node, bool | None] = {}
        self._live: dict[type[Node], list[Node]] = {}
        self._reached: set[Node] = set()
        self._dead_functions: set[Function] = set()
        while True:
            self._live.clear()
            self._reached.clear()
            self._visit(block)
            more = set(self._unused()) - self._dead_functions
            if not more:
                break
            self._dead_functions |= more

    @overload
    def nodes(self, one: type[N], /) -> Iterator[N]: ...

    @overload
    def nodes(self, one: type[N], other: type[M], /) -> Iterator[N | M]: ...

    @overload
    def nodes(self, one: type[N], other: type[M], third: type[P], /) -> Iterator[N | M | P]: ...

    def nodes(self, *classes: type[Node]) -> Iterator[Node]:
        """
        The nodes of these classes that can run, in the order of the source for each class.
        """
        for one in classes:
            yield from self._live.get(one, [])

    def runs(self, node: Node) -> bool:
        """
        Whether a node can run.
        """
        return node in self._reached

    def absent(self, owner: Expression, name: str) -> bool:
        """
        Whether nothing that the owner may be has such a member. False where the owner is not known.
        """
        kinds = [kind for kind in self.meaning.kinds(owner) if kind.what != "nil"]
        return bool(kinds) and all(self._lacks(kind.what, kind.detail, name) for kind in kinds)

    def _lacks(self, what: str, detail: object, name: str) -> bool:
        if what == "push_event" and isinstance(detail, str):
            return not self.facts.has(detail, name)
        return what in OWNERS and not self.facts.has(what, name)

    def values(self, expression: Expression) -> Iterator[Expression]:
        """
        The expressions that this one may stand for in this dialect: both sides of an ``or``, what a variable
        is set to, what a function of the script returns.
        """
        return self._values(expression, set())

    def _values(self, expression: Expression, seen: set[Node]) -> Iterator[Expression]:
        node = plain(expression)
        if node in seen:
            return
        seen.add(node)
        functions = self.meaning.details(node.function, "function") if isinstance(node, nodes.Call) else []
        if isinstance(node, nodes.Binary) and node.operator in ("and", "or"):
            left = self.truth(node.left)
            if node.operator == "or" and left is not False:
                yield from self._values(node.left, seen)
            if left is not (node.operator == "or"):
                yield from self._values(node.right, seen)
        elif isinstance(node, Name) and node.binding is not None and node.binding.writes:
            for write in node.binding.writes:
                if write.value is not None and not write.position:
                    yield from self._values(write.value, seen)
        elif functions:
            for statement in self._returns(functions):
                yield from self._values(statement.values[0], seen)
        else:
            yield node

    def _returns(self, functions: Sequence[object]) -> Iterator[Return]:
        for function in functions:
            if isinstance(function, Function):
                for node in self.meaning.functions.returns_of(function):
                    if self.runs(node) and node.values:
                        yield node

    # Questions

    def truth(self, expression: Expression) -> bool | None:
        """
        Whether an expression is true in this dialect; None if that depends.
        """
        node = plain(expression)
        if node not in self._truths:
            self._truths[node] = self._truth(node)
        return self._truths[node]

    def _truth(self, node: Expression) -> bool | None:
        match node:
            case nodes.Constant():
                return node.text == "true"
            case nodes.String() | nodes.Number() | nodes.Table() | Function():
                return True
            case Name():
                return self._name_truth(node)
            case Index():
                if node.name is not None and self.absent(node.object, node.name):
                    return False
                return self._present(node)
            case nodes.Unary(operator="not"):
                inner = self.truth(node.operand)
                return None if inner is None else not inner
            case nodes.Binary():
                return self._binary_truth(node)
        return None

    def _present(self, node: Index) -> bool | None:
        """
        True for a method or function that its owner has, and for a field that is always there.
        """
        kinds = self.meaning.kinds(node.object)
        return True if kinds and all(self._always(kind, node.name or "") for kind in kinds) else None

    def _always(self, kind: Kind, name: str) -> bool:
        owner = kind.detail if kind.what == "push_event" else kind.what
        if not isinstance(owner, str):
            return False
        written = self.facts.fields.get(owner, {}).get(name, "boolean")
        return name in self.facts.methods.get(owner, ()) or (
            written != "boolean" and not may_be_nil(owner, name)
        )

    def _name_truth(self, name: Name) -> bool | None:
        binding = name.binding
        if binding is None:
            return None
        if binding.kind == "parameter" and not binding.writes and binding.function is not None:
            return self._parameter_truth(binding.function, name)
        if binding.kind == "local" and len(binding.writes) == 1:
            write = binding.writes[0]
            if write.value is not None and not write.position and write.name is binding.declared:
                return self.truth(write.value)
        return None

    def _parameter_truth(self, function: Function, name: Name) -> bool | None:
        entries = self.meaning.functions.entries_of.get(function, [])
        if not entries or function in self.meaning.functions.calls_of:
            return None
        position = next(i for i, one in enumerate(function.parameters) if one.binding is name.binding)
        if entries == ["script_init"] and position == 0:
            return bool(self.facts.switches["script_init_settings"])
        if position == 2 and all(entry in self.meaning.handlers for entry in entries):
            return bool(self.facts.switches["event_user"])
        return None

    def _binary_truth(self, node: Binary) -> bool | None:
        if node.operator == "and":
            left, right = self.truth(node.left), self.truth(node.right)
            return False if left is False or right is False else (right if left else None)
        if node.operator == "or":
            left, right = self.truth(node.left), self.truth(node.right)
            return True if left or right else (right if left is False else None)
        if node.operator in ("==", "~="):
            equal = self._equal(plain(node.left), plain(node.right))
            return equal if equal is None or node.operator == "==" else not equal
        return None

    def _equal(self, left: Expression, right: Expression) -> bool | None:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, nodes.Constant) and other.text == "nil":
                known = self.truth(one)
                return None if known is None or isinstance(one, nodes.Constant) else not known
            if isinstance(other, nodes.String) and isinstance(one, nodes.Call) and one.arguments:
                known = self.truth(one.arguments[0]) if self.meaning.path(one.function) == "type" else None
                if known is False:
                    return other.value == "nil"
                if known and other.value == "nil":
                    return False
        return None

    # What is reached

    def _visit(self, node: Node) -> bool:
        """
        Go through what a node reaches. Whether what follows it in its block is reached too.
        """
        if isinstance(node, Function) and node in self._dead_functions:
            return True
        self._live.setdefault(type(node), []).append(node)
        self._reached.add(node)
        match node:
            case Block():
                return self._visit_block(node)
            case nodes.If():
                return self._visit_if(node)
            case nodes.Binary(operator="and" | "or"):
                self._visit(node.left)
                if self.truth(node.left) is not (node.operator == "or"):
                    self._visit(node.right)
                return True
            case nodes.While():
                self._visit(node.condition)
                if self.truth(node.condition) is not False:
                    self._visit(node.body)
                return True
            case nodes.Do():
                return self._visit(node.body)
            case nodes.Return():
                for child in node.children():
                    self._visit(child)
                return False
            case nodes.CallStatement():
                self._visit(node.call)
                call = plain(node.call)
                return not (isinstance(call, nodes.Call) and self.meaning.path(call.function) == "error")
        for child in node.children():
            self._visit(child)
        return True

    def _visit_block(self, block: Block) -> bool:
        # Up to the first statement that nothing comes behind.
        return all(self._visit(statement) for statement in block.statements)

    def _visit_if(self, node: If) -> bool:
        goes_on = False
        for clause in node.clauses:
            known = None
            if clause.condition is not None:
                self._visit(clause.condition)
                known = self.truth(clause.condition)
                if known is False:
                    continue
            self._reached.add(clause)
            goes_on = self._visit(clause.body) or goes_on
            if known or clause.condition is None:
                return goes_on
        return True

    def _unused(self) -> Iterator[Function]:
        """
        Functions of the script that only code calls which cannot run.
        """
        for binding in self._scopes.locals:
            if (binding.kind != "function" and binding.kind != "local") or not binding.reads:
                continue
            values = [write.value for write in binding.writes]
            if len(values) != 1 or not isinstance(values[0], Function):
                continue
            own = values[0]
            callers = [read for read in binding.reads if not read.within(own)]
            if callers and own in self._reached and not any(read in self._reached for read in callers):
                yield own

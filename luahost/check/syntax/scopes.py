"""
Which variable a name means: Lua's rules of scope (§3.5 of the manual).

:func:`resolve` gives every :class:`Name` its binding, and keeps of each variable where it is read and what it
is set to. What is bound nowhere is a global variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import Block, Expression, Function, Name, Node, Statement

Kind = Literal["local", "parameter", "loop", "function"]


class Write:
    """
    A variable is set.

    Attributes:
        name: Where.

        value: To what; None where the value comes from a loop, or there is none.

        position: Which of the results of ``value`` it is, from 0.

        function: The function that does it, None for the script's own chunk.
    """

    __slots__ = ("function", "name", "position", "value")

    def __init__(
        self, name: Name, value: Expression | None, position: int, function: Function | None
    ) -> None:
        self.name = name
        self.value = value
        self.position = position
        self.function = function


class Variable:
    """
    A variable, and what becomes of it.
    """

    __slots__ = ("reads", "text", "writes")

    def __init__(self, text: str) -> None:
        self.text = text
        self.reads: list[Name] = []
        self.writes: list[Write] = []


class Binding(Variable):
    """
    A local variable.

    Attributes:
        kind: How it is declared.

        declared: Where.

        function: The function that it belongs to, None for the script's own chunk.

        loop: The loop that gives it its values.
    """

    __slots__ = ("declared", "function", "kind", "loop")

    def __init__(self, declared: Name, kind: Kind, function: Function | None) -> None:
        super().__init__(declared.text)
        self.declared = declared
        self.kind = kind
        self.function = function
        self.loop: nodes.GenericFor | nodes.NumericFor | None = None


class GlobalVariable(Variable):
    """
    A global variable.
    """

    __slots__ = ()


class Scopes:
    """
    All variables of a script.
    """

    def __init__(self) -> None:
        self.locals: list[Binding] = []
        self.globals: dict[str, GlobalVariable] = {}

    def variable(self, name: Name) -> Variable:
        """
        What a name means.
        """
        if name.binding is not None:
            return name.binding
        return self.globals.setdefault(name.text, GlobalVariable(name.text))


def resolve(block: Block) -> Scopes:
    """
    Bind every name in a script.
    """
    resolver = _Resolver()
    resolver.block(block, {})
    return resolver.scopes


Names = dict[str, Binding]


class _Resolver:
    def __init__(self) -> None:
        self.scopes = Scopes()
        self._function: Function | None = None

    def block(self, block: Block, outside: Names) -> Names:
        """
        The statements of a block. Answers the names at its end, which an ``until`` can see.
        """
        names = dict(outside)
        for statement in block.statements:
            self._statement(statement, names)
        return names

    def _declare(self, name: Name, kind: Kind, names: Names) -> Binding:
        binding = Binding(name, kind, self._function)
        name.binding = binding
        self.scopes.locals.append(binding)
        names[name.text] = binding
        return binding

    def _write(self, name: Name, value: Expression | None, position: int) -> None:
        self.scopes.variable(name).writes.append(Write(name, value, position, self._function))

    def _set_all(self, targets: Sequence[Name | Expression], values: Sequence[Expression]) -> None:
        for number, target in enumerate(targets):
            value, position = value_at(values, number)
            if isinstance(target, Name):
                self._write(target, value, position)

    def _statement(self, statement: Statement, names: Names) -> None:
        match statement:
            case nodes.Local():
                self._reads(statement.values, names)
                for name in statement.names:
                    self._declare(name, "local", names)
                self._set_all(statement.names, statement.values)
            case nodes.Assign():
                self._reads(statement.values, names)
                for target in statement.targets:
                    if isinstance(target, Name):
                        target.binding = names.get(target.text)
                    else:
                        self._read(target, names)
                self._set_all(statement.targets, statement.values)
            case nodes.FunctionStatement():
                self._function_statement(statement, names)
            case nodes.NumericFor():
                self._reads(statement.bounds, names)
                self._loop(statement, [statement.name], names)
            case nodes.GenericFor():
                self._reads(statement.values, names)
                self._loop(statement, statement.names, names)
            case nodes.Repeat():
                self._read(statement.condition, self.block(statement.body, names))
            case _:
                self._reads(statement.children(), names)

    def _function_statement(self, statement: nodes.FunctionStatement, names: Names) -> None:
        target = statement.target
        if isinstance(target, Name):
            if statement.is_local:
                self._declare(target, "function", names)
            target.binding = names.get(target.text)
            self._write(target, statement.function, 0)
        else:
            self._read(target, names)
        self._read(statement.function, names)

    def _loop(
        self, loop: nodes.NumericFor | nodes.GenericFor, declared: Sequence[Name], names: Names
    ) -> None:
        inside = dict(names)
        for name in declared:
            self._declare(name, "loop", inside).loop = loop
        self.block(loop.body, inside)

    def _reads(self, found: Iterable[Node], names: Names) -> None:
        for node in found:
            self._read(node, names)

    def _read(self, node: Node, names: Names) -> None:
        if isinstance(node, Name):
            node.binding = names.get(node.text)
            self.scopes.variable(node).reads.append(node)
        elif isinstance(node, Function):
            outside, self._function = self._function, node
            inside = dict(names)
            for parameter in node.parameters:
                self._declare(parameter, "parameter", inside)
            self.block(node.body, inside)
            self._function = outside
        elif isinstance(node, Block):
            self.block(node, names)
        elif isinstance(node, Statement):
            self._statement(node, names)
        else:
            for child in node.children():
                self._read(child, names)


def value_at(values: Sequence[Expression], number: int) -> tuple[Expression | None, int]:
    """
    The value that stands for the target of that number, and which of its results; None where there is none.
    """
    if number < len(values) - 1:
        return values[number], 0
    if not values:
        return None, 0
    last = values[-1]
    position = number - (len(values) - 1)
    if position and not isinstance(last, nodes.Call | nodes.MethodCall | nodes.Vararg):
        return None, 0
    return last, position

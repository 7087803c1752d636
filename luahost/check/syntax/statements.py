"""
The nodes of a Lua tree: statements, and the blocks that they stand in.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.check.syntax.expressions import Expression, Function, Name, Node


class Statement(Node):
    """
    What is done.
    """

    __slots__ = ()


class Block(Node):
    """
    Statements one after the other.
    """

    __slots__ = ("statements",)
    parts = ("statements",)

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.statements = statements


class Local(Statement):
    """
    ``local names = values``
    """

    __slots__ = ("names", "values")
    parts = ("names", "values")

    def __init__(self, names: Sequence[Name], values: Sequence[Expression]) -> None:
        self.names = names
        self.values = values


class Assign(Statement):
    """
    ``targets = values``
    """

    __slots__ = ("targets", "values")
    parts = ("targets", "values")

    def __init__(self, targets: Sequence[Expression], values: Sequence[Expression]) -> None:
        self.targets = targets
        self.values = values


class CallStatement(Statement):
    """
    A call whose results nobody takes.
    """

    __slots__ = ("call",)
    parts = ("call",)

    def __init__(self, call: Expression) -> None:
        self.call = call


class Do(Statement):
    """
    ``do body end``
    """

    __slots__ = ("body",)
    parts = ("body",)

    def __init__(self, body: Block) -> None:
        self.body = body


class While(Statement):
    """
    ``while condition do body end``
    """

    __slots__ = ("body", "condition")
    parts = ("condition", "body")

    def __init__(self, condition: Expression, body: Block) -> None:
        self.condition = condition
        self.body = body


class Repeat(Statement):
    """
    ``repeat body until condition``
    """

    __slots__ = ("body", "condition")
    parts = ("body", "condition")

    def __init__(self, body: Block, condition: Expression) -> None:
        self.body = body
        self.condition = condition


class Clause(Node):
    """
    ``if``, ``elseif`` or ``else`` with its body; ``else`` has no condition.
    """

    __slots__ = ("body", "condition")
    parts = ("condition", "body")

    def __init__(self, condition: Expression | None, body: Block) -> None:
        self.condition = condition
        self.body = body


class If(Statement):
    """
    An ``if`` with all its clauses.
    """

    __slots__ = ("clauses",)
    parts = ("clauses",)

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self.clauses = clauses


class NumericFor(Statement):
    """
    ``for name = bounds do body end``
    """

    __slots__ = ("body", "bounds", "name")
    parts = ("name", "bounds", "body")

    def __init__(self, name: Name, bounds: Sequence[Expression], body: Block) -> None:
        self.name = name
        self.bounds = bounds
        self.body = body


class GenericFor(Statement):
    """
    ``for names in values do body end``
    """

    __slots__ = ("body", "names", "values")
    parts = ("names", "values", "body")

    def __init__(self, names: Sequence[Name], values: Sequence[Expression], body: Block) -> None:
        self.names = names
        self.values = values
        self.body = body


class FunctionStatement(Statement):
    """
    ``function target() … end``, or ``local function target() … end``.
    """

    __slots__ = ("function", "is_local", "target")
    parts = ("target", "function")

    def __init__(self, target: Expression, function: Function, is_local: bool) -> None:
        self.target = target
        self.function = function
        self.is_local = is_local


class Return(Statement):
    """
    ``return values``
    """

    __slots__ = ("values",)
    parts = ("values",)

    def __init__(self, values: Sequence[Expression]) -> None:
        self.values = values


class Jump(Statement):
    """
    ``break``, ``goto`` or a label; ``word`` is the first of them.
    """

    __slots__ = ("word",)

    def __init__(self, word: str) -> None:
        self.word = word

"""
The nodes of a Lua tree: what all have in common, and expressions.

``start`` and ``end`` are byte offsets into the source. Plain classes with slots, since a script has thousands
of nodes and a check has to be over before anybody waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from luahost.check.syntax.scopes import Binding
    from luahost.check.syntax.statements import Block


class Node:
    """
    A piece of a script.

    Attributes:
        start: The offset of its first byte.

        end: The offset behind its last byte.

        parent: What it is a part of, None for the whole script.
    """

    __slots__ = ("end", "parent", "start")
    parts: ClassVar[tuple[str, ...]] = ()
    """The attributes that hold nodes, or lists of nodes, in the order of the source."""

    start: int
    end: int
    parent: Node | None

    def children(self) -> Iterator[Node]:
        """
        What it is made of.
        """
        for part in self.parts:
            value = getattr(self, part)
            if isinstance(value, Node):
                yield value
            elif value is not None:
                yield from value

    def walk(self) -> Iterator[Node]:
        """
        It and everything in it, in the order of the source.
        """
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(list(node.children()))

    def above(self) -> Iterator[Node]:
        """
        What it is a part of, from the inside out.
        """
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def within(self, other: Node) -> bool:
        """
        Whether it is the other one, or a part of it.
        """
        return other.start <= self.start and self.end <= other.end


class Expression(Node):
    """
    What has a value.
    """

    __slots__ = ()


class Name(Expression):
    """
    A variable where it is declared, read or set.

    Attributes:
        binding: The local variable that it means; None for a global one.
    """

    __slots__ = ("binding", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.binding: Binding | None = None


class String(Expression):
    """
    A string, or a name that is a key.

    Attributes:
        value: Its text, with escapes as they stand in the source.

        inside: The offset at which that begins, behind the quotes.
    """

    __slots__ = ("inside", "value")

    def __init__(self, value: str, inside: int) -> None:
        self.value = value
        self.inside = inside


class Number(Expression):
    """
    A number as it stands in the source.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def value(self) -> float | int | None:
        """
        The number; None for LuaJIT's own kinds.
        """
        for read in (lambda text: int(text, 0), int, float, float.fromhex):
            try:
                number: float | int = read(self.text)
            except ValueError:
                continue
            return number
        return None


class Constant(Expression):
    """
    ``nil``, ``true`` or ``false``.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Vararg(Expression):
    """
    ``...``
    """

    __slots__ = ()


class Function(Expression):
    """
    A function with its body; ``self`` is among the parameters of a method.
    """

    __slots__ = ("body", "parameters", "vararg")
    parts = ("parameters", "body")

    def __init__(self, parameters: Sequence[Name], vararg: bool, body: Block) -> None:
        self.parameters = parameters
        self.vararg = vararg
        self.body = body


class Index(Expression):
    """
    ``object.key`` or ``object[key]``.
    """

    __slots__ = ("key", "object")
    parts = ("object", "key")

    def __init__(self, object_: Expression, key: Expression) -> None:
        self.object = object_
        self.key = key

    @property
    def name(self) -> str | None:
        """
        The key if it is a string that stands there.
        """
        return self.key.value if isinstance(self.key, String) else None


class Call(Expression):
    """
    ``function(arguments)``
    """

    __slots__ = ("arguments", "function")
    parts = ("function", "arguments")

    def __init__(self, function: Expression, arguments: Sequence[Expression]) -> None:
        self.function = function
        self.arguments = arguments


class MethodCall(Expression):
    """
    ``object:method(arguments)``
    """

    __slots__ = ("arguments", "method", "object")
    parts = ("object", "method", "arguments")

    def __init__(self, object_: Expression, method: String, arguments: Sequence[Expression]) -> None:
        self.object = object_
        self.method = method
        self.arguments = arguments

    @property
    def name(self) -> str:
        """
        The method's name.
        """
        return self.method.value


class Binary(Expression):
    """
    ``left operator right``
    """

    __slots__ = ("left", "operator", "right")
    parts = ("left", "right")

    def __init__(self, operator: str, left: Expression, right: Expression) -> None:
        self.operator = operator
        self.left = left
        self.right = right


class Unary(Expression):
    """
    ``not``, ``-``, ``#`` or ``~`` and an operand.
    """

    __slots__ = ("operand", "operator")
    parts = ("operand",)

    def __init__(self, operator: str, operand: Expression) -> None:
        self.operator = operator
        self.operand = operand


class Field(Node):
    """
    One field of a table constructor; without a key one of its list.
    """

    __slots__ = ("key", "value")
    parts = ("key", "value")

    def __init__(self, key: Expression | None, value: Expression) -> None:
        self.key = key
        self.value = value

    @property
    def name(self) -> str | None:
        """
        The key if it is a string that stands there.
        """
        return self.key.value if isinstance(self.key, String) else None


class Table(Expression):
    """
    A table constructor.
    """

    __slots__ = ("fields",)
    parts = ("fields",)

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields

    def field(self, name: str) -> Field | None:
        """
        The field of that name, if it stands here.
        """
        return next((field for field in self.fields if field.name == name), None)


class Parentheses(Expression):
    """
    ``(inner)``, which has one value.
    """

    __slots__ = ("inner",)
    parts = ("inner",)

    def __init__(self, inner: Expression) -> None:
        self.inner = inner


def plain(node: Expression) -> Expression:
    """
    An expression without the parentheses around it.
    """
    while isinstance(node, Parentheses):
        node = node.inner
    return node

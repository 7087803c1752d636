"""
The tables that a script makes, by the constructors that make them.

What is put into a constructor's tables, in it, by assignments or by ``table.insert``, is what they may hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from luahost.check.meaning.kinds import STRING, Kind, Kinds
from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import Call, Expression, Index, Node, Table
from luahost.check.syntax.scopes import value_at

if TYPE_CHECKING:
    from luahost.check.meaning.meaning import Meaning


class Tables:
    """
    What the script's own tables may hold.
    """

    def __init__(self, meaning: Meaning, index: dict[type[Node], list[Node]]) -> None:
        self._meaning = meaning
        self._index = index

    @cached_property
    def assigned(self) -> list[tuple[Index, Expression, int]]:
        """
        Every field that is set: target, value, and which result of the value.
        """
        found: list[tuple[Index, Expression, int]] = []
        for node in self._index.get(nodes.Assign, []):
            assert isinstance(node, nodes.Assign)
            for number, target in enumerate(node.targets):
                value, position = value_at(node.values, number)
                if isinstance(target, Index) and value is not None:
                    found.append((target, value, position))
        for node in self._index.get(nodes.FunctionStatement, []):
            assert isinstance(node, nodes.FunctionStatement)
            if isinstance(node.target, Index):
                found.append((node.target, node.function, 0))
        return found

    @cached_property
    def _inserts(self) -> list[tuple[Expression, Expression]]:
        found = []
        for node in self._index.get(Call, []):
            assert isinstance(node, Call)
            if self._meaning.path(node.function) == "table.insert" and len(node.arguments) > 1:
                found.append((node.arguments[0], node.arguments[-1]))
        return found

    def puts(self, table: Table) -> Iterable[tuple[Expression | None, Expression, int]]:
        """
        Key, value and position of all that is put into the tables of a constructor; without a key into its
        list.
        """
        mine = Kind("table", table)
        for field in table.fields:
            yield field.key, field.value, 0
        for target, value, position in self.assigned:
            if mine in self._meaning.kinds(target.object):
                yield target.key, value, position
        for owner, value in self._inserts:
            if mine in self._meaning.kinds(owner):
                yield None, value, 0

    def field(self, table: Table, name: str) -> Kinds:
        """
        What a field of such a table may hold.
        """
        found: set[Kind] = set()
        for key, value, position in self.puts(table):
            if isinstance(key, nodes.String) and key.value == name:
                found |= self._meaning.result_of(value, position)
        return frozenset(found)

    def elements(self, expression: Expression) -> Kinds:
        """
        What a table may hold, under whatever key.
        """
        found: set[Kind] = set()
        for kind in self._meaning.kinds(expression):
            found |= self.elements_of(kind)
        return frozenset(found)

    def elements_of(self, kind: Kind) -> Kinds:
        """
        The same for one kind of table.
        """
        if kind.what == "list":
            return frozenset({STRING})
        found: set[Kind] = set()
        if kind.what == "table" and isinstance(kind.detail, Table):
            for _, value, position in self.puts(kind.detail):
                found |= self._meaning.result_of(value, position)
        return frozenset(found)

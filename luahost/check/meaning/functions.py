"""
The functions of a script: who calls them, with what, and what they return.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from luahost.check.facts import BEGIN, END, MAIL_LUA
from luahost.check.meaning.kinds import BOOLEAN, UNKNOWN, Kind, Kinds
from luahost.check.meaning.paths import function_of
from luahost.check.syntax import Scopes, nodes
from luahost.check.syntax.nodes import Call, Expression, Function, Index, MethodCall, Name, Node, plain
from luahost.check.syntax.scopes import Binding, value_at

if TYPE_CHECKING:
    from luahost.check.meaning.meaning import Meaning


class Functions:
    """
    What the script's own functions get and give.
    """

    def __init__(self, meaning: Meaning, index: dict[type[Node], list[Node]], scopes: Scopes) -> None:
        self._meaning = meaning
        self._index = index
        self._scopes = scopes

    @cached_property
    def entries(self) -> dict[str, list[Function]]:
        """
        The functions that stand in global variables, by their names.
        """
        found: dict[str, list[Function]] = {}
        for name, variable in self._scopes.globals.items():
            for write in variable.writes:
                functions = [
                    kind.detail
                    for kind in self._meaning.kinds(write.value)
                    if isinstance(kind.detail, Function)
                ]
                if functions and write.position == 0:
                    found.setdefault(name, []).extend(functions)
        return found

    @cached_property
    def entries_of(self) -> dict[Function, list[str]]:
        """
        The names under which Dovecot calls functions.
        """
        called = {BEGIN, END, "script_init", "script_deinit", *MAIL_LUA, *self._meaning.handlers}
        found: dict[Function, list[str]] = {}
        for name, functions in self.entries.items():
            if name in called:
                for function in functions:
                    found.setdefault(function, []).append(name)
        return found

    def parameter(self, function: Function, binding: Binding) -> Kinds:
        """
        What a parameter may be: what Dovecot and the script's own calls hand over.
        """
        position = next(i for i, name in enumerate(function.parameters) if name.binding is binding)
        found: set[Kind] = set()
        for entry in self.entries_of.get(function, ()):
            found |= self._argument(entry, position)
        for arguments in self.calls_of.get(function, ()):
            value, result = value_at(arguments, position)
            if value is not None:
                found |= self._meaning.result_of(value, result)
        for walked in self._sorted.get(function, ()):
            found |= self._meaning.tables.elements(walked)
        return frozenset(found)

    @cached_property
    def _sorted(self) -> dict[Node, list[Expression]]:
        """
        The lists that ``table.sort`` sorts with a function.
        """
        found: dict[Node, list[Expression]] = {}
        for node in self._index.get(Call, []):
            assert isinstance(node, Call)
            if len(node.arguments) == 2 and self._meaning.path(node.function) == "table.sort":
                found.setdefault(plain(node.arguments[1]), []).append(node.arguments[0])
        return found

    def _argument(self, entry: str, position: int) -> Kinds:
        """
        What Dovecot hands to one of its functions.
        """
        if entry == BEGIN or entry in MAIL_LUA:
            return frozenset({Kind("mail_user")}) if position == 0 else UNKNOWN
        if entry == "script_init":
            return frozenset({Kind("settings")}) if position == 0 else UNKNOWN
        if position == 0:
            return self.returned(self.entries.get(BEGIN, ()), 0)
        if entry in self._meaning.handlers:
            third = frozenset({Kind("mail_user")}) if position == 2 else UNKNOWN
            return frozenset({Kind("push_event", self._meaning.handlers[entry])}) if position == 1 else third
        return frozenset({BOOLEAN}) if entry == END and position == 1 else UNKNOWN

    @cached_property
    def calls_of(self) -> dict[Function, list[Sequence[Expression]]]:
        """
        The arguments of every call of a function of the script, as far as callers can be seen.
        """
        fields: dict[str, list[Function]] = {}
        for target, value, _ in self._meaning.tables.assigned:
            if isinstance(value, Function) and target.name is not None:
                fields.setdefault(target.name, []).append(value)
        for node in self._index.get(nodes.Field, []):
            assert isinstance(node, nodes.Field)
            if isinstance(node.value, Function) and node.name is not None:
                fields.setdefault(node.name, []).append(node.value)
        found: dict[Function, list[Sequence[Expression]]] = {}

        def add(callee: Expression, arguments: Sequence[Expression]) -> None:
            callee = plain(callee)
            functions: list[Function] = []
            if isinstance(callee, Name):
                for write in self._scopes.variable(callee).writes:
                    if isinstance(write.value, Function):
                        functions.append(write.value)
            elif isinstance(callee, Index) and callee.name is not None:
                functions = fields.get(callee.name, [])
            elif isinstance(callee, Function):
                functions = [callee]
            for function in functions:
                found.setdefault(function, []).append(arguments)

        for node in self._index.get(Call, []):
            assert isinstance(node, Call)
            add(node.function, node.arguments)
            path = self._meaning.path(node.function)
            if path in ("pcall", "xpcall") and node.arguments:
                add(node.arguments[0], node.arguments[1 if path == "pcall" else 2 :])
        for node in self._index.get(MethodCall, []):
            assert isinstance(node, MethodCall)
            for function in fields.get(node.name, ()):
                found.setdefault(function, []).append([node.object, *node.arguments])
        return found

    @cached_property
    def _returns(self) -> dict[Function | None, list[nodes.Return]]:
        found: dict[Function | None, list[nodes.Return]] = {}
        for node in self._index.get(nodes.Return, []):
            assert isinstance(node, nodes.Return)
            found.setdefault(function_of(node), []).append(node)
        return found

    def returns_of(self, function: Function) -> list[nodes.Return]:
        """
        The ``return`` statements of a function, those of functions in it left out.
        """
        return self._returns.get(function, [])

    def returned(self, functions: Iterable[Function], position: int) -> Kinds:
        """
        What functions of the script may return at that position.
        """
        found: set[Kind] = set()
        for function in functions:
            for node in self.returns_of(function):
                value, result = value_at(node.values, position)
                if value is not None:
                    found |= self._meaning.result_of(value, result)
        return frozenset(found)

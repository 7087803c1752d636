"""
What calls give: of Dovecot's functions, of modules and Lua's libraries, and of the script's own functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from luahost.check.meaning.kinds import (
    BOOLEAN,
    HTTP_MODULES,
    LIBRARY_RESULTS,
    MADE,
    METHOD_RESULTS,
    SELF_RETURNING,
    UNKNOWN,
    Kind,
    Kinds,
)
from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import Call, Expression, Function, Index, MethodCall, plain

if TYPE_CHECKING:
    from luahost.check.meaning.meaning import Meaning


class Calls:
    """
    The results of calls.
    """

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    def results(self, call: Call | MethodCall, position: int) -> Kinds:
        """
        What a call may give at that position of its results.
        """
        return self._meaning.following((call, position), lambda: self._results(call, position))

    def _results(self, call: Call | MethodCall, position: int) -> Kinds:
        if isinstance(call, MethodCall):
            return self._method(call.object, call.name, call, call.arguments, position)
        return self._called(call.function, call.arguments, call, position)

    def _method(
        self,
        owner: Expression,
        name: str,
        call: Expression,
        arguments: Sequence[Expression],
        position: int,
    ) -> Kinds:
        found: set[Kind] = set()
        for kind in self._meaning.kinds(owner):
            if kind.what == "string":
                found |= self._library(f"string.{name}", position)
            elif kind.what == "table":
                functions = [
                    one.detail for one in self._meaning.member(kind, name) if isinstance(one.detail, Function)
                ]
                found |= self._meaning.functions.returned(functions, position)
            elif kind.what == "module":
                found |= self._module(f"{kind.detail}.{name}", position)
            else:
                found |= self._given(kind, name, call, arguments, position)
        return frozenset(found)

    def _given(
        self, kind: Kind, name: str, call: Expression, arguments: Sequence[Expression], position: int
    ) -> Kinds:
        if kind.what in SELF_RETURNING and name != "passthrough_event":
            return frozenset({kind})
        made = MADE.get((kind.what, name))
        if made is not None:
            return frozenset({Kind(made, call)}) if position == 0 else UNKNOWN
        if (kind.what, name) == ("mail_user", "plugin_getenv"):
            key = plain(arguments[0]) if arguments else None
            return frozenset({Kind("setting", key.value if isinstance(key, nodes.String) else None)})
        result = METHOD_RESULTS.get((kind.what, name))
        return frozenset({result}) if result is not None else UNKNOWN

    def _called(
        self, callee: Expression, arguments: Sequence[Expression], call: Expression, position: int
    ) -> Kinds:
        callee = plain(callee)
        path = self._meaning.path(callee)
        if path is not None:
            if path == "require":
                name = plain(arguments[0]) if arguments else None
                return frozenset({Kind("module", name.value)}) if isinstance(name, nodes.String) else UNKNOWN
            if path in ("pcall", "xpcall") and arguments:
                if position == 0:
                    return frozenset({BOOLEAN})
                rest = arguments[1 if path == "pcall" else 2 :]
                return self._called(arguments[0], rest, call, position - 1)
            if path in ("setmetatable", "assert") and arguments:
                return self._meaning.result_of(arguments[0], position)
            if path == "next" and position == 1 and arguments:
                return self._meaning.tables.elements(arguments[0])
            return self._library(path, position)
        found: set[Kind] = set()
        if isinstance(callee, Index) and callee.name is not None:
            for kind in self._meaning.kinds(callee.object):
                if kind.what == "module":
                    found |= self._module(f"{kind.detail}.{callee.name}", position)
                elif kind.what in ("dovecot", "http"):
                    found |= self._given(kind, callee.name, call, arguments, position)
                elif kind.what != "table":
                    found |= self._given(kind, callee.name, call, arguments[1:], position)
        functions = [kind.detail for kind in self._meaning.kinds(callee) if isinstance(kind.detail, Function)]
        return frozenset(found) | self._meaning.functions.returned(functions, position)

    def _module(self, path: str, position: int) -> Kinds:
        module, _, name = path.rpartition(".")
        if module in HTTP_MODULES and name == "request":
            return frozenset({Kind(("socket_result", "socket_code", "headers", "string")[min(position, 3)])})
        return self._library(path, position)

    def _library(self, path: str, position: int) -> Kinds:
        result = LIBRARY_RESULTS.get(path)
        return frozenset({result}) if result is not None and position == 0 else UNKNOWN

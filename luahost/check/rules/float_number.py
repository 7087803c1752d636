"""
``7.0`` where ``7`` is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from luahost import patterns
from luahost.check.finding import Edit, Problem
from luahost.check.meaning import Kind, View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Binary, Call, Expression, Index, MethodCall, Node, String, Table, plain

WITH_FRACTION = ("json", "dkjson", "JSON", "rapidjson")
"""JSON modules that write 7.0; cjson writes 7."""

LETTER = patterns.compile(r"%[-+ #0]*[0-9]*(?:\.[0-9]*)?([a-zA-Z%])")
"""A place in a template of ``string.format``, with its letter."""

TEXT_METHODS = (
    "add_header",
    "add_str",
    "metadata_set",
    "set_payload",
    "log_info",
    "log_error",
    "log_warning",
)


class FloatNumber(Rule):
    """
    A number of Dovecot's that becomes a text.
    """

    name = "float-number"
    severity = "warning"
    title = "`uid` is 7.0, and that is what goes over the wire"
    reason = (
        "Dovecot hands over `uid`, `uid_validity`, `date`, `tz` and the numbers of `mailbox:status` as "
        "floats. From "
        "Lua 5.3 on, which is what distributions build Dovecot with, they become `7.0` in texts and in the "
        "JSON of "
        "most libraries. Endpoints that take integers refuse that."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1 with Lua 5.4."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        if view.facts.switches["integers"]:
            return
        for node in view.nodes(Binary):
            if node.operator == "..":
                for side in (node.left, node.right):
                    if self._is_float(script, side):
                        yield self._problem(script, side, side)
        for call in view.nodes(Call):
            path = script.meaning.path(call.function)
            module = self._module_function(script, call)
            if (path == "tostring" or module == "socket.url.escape") and call.arguments:
                if self._is_float(script, call.arguments[0]):
                    yield self._problem(script, call.arguments[0], call if path == "tostring" else None)
            elif path in ("string.format", "table.concat"):
                yield from self._written(script, call, path)
            elif module.endswith(".encode") and module.removesuffix(".encode") in WITH_FRACTION:
                yield from self._encoded(script, view, call)
        for method in view.nodes(MethodCall):
            if method.name == "format" and script.meaning.is_a(method.object, "string"):
                yield from self._formatted(script, method.object, method.arguments)
            elif method.name == "encode" and "JSON" in script.meaning.details(method.object, "module"):
                yield from self._encoded(script, view, method)
            elif (
                method.name in TEXT_METHODS
                and method.arguments
                and self._is_float(script, method.arguments[-1])
            ):
                yield self._problem(script, method.arguments[-1], method.arguments[-1])

    def _is_float(self, script: Script, node: Expression) -> bool:
        return script.meaning.is_a(node, "dovecot_number")

    def _written(self, script: Script, call: Call, path: str) -> Iterator[Problem]:
        """
        Floats that ``string.format`` or ``table.concat`` writes.
        """
        if path == "string.format" and call.arguments:
            yield from self._formatted(script, call.arguments[0], call.arguments[1:])
        elif path == "table.concat" and call.arguments:
            kinds = script.meaning.tables.elements(call.arguments[0])
            if kinds and {kind.what for kind in kinds} == {"dovecot_number"}:
                shown = script.source.of(call.arguments[0])
                words = f"{shown} holds floats: this writes 7.0 for 7"
                yield Problem(call.arguments[0], words, "put math.tointeger(…) into it")

    def _formatted(
        self, script: Script, template: Expression, arguments: Sequence[Expression]
    ) -> Iterator[Problem]:
        """
        Floats that a template writes with ``%s``.
        """
        text = plain(template)
        if not isinstance(text, String):
            return
        letters = [match[1] for match in LETTER.finditer(text.value) if match[1] != "%"]
        for letter, argument in zip(letters, arguments, strict=False):
            if letter == "s" and self._is_float(script, argument):
                shown = script.source.of(argument)
                yield Problem(argument, f"{shown} is a float: %s writes 7.0 for 7", "write %d in its place")

    def _module_function(self, script: Script, call: Call) -> str:
        called = plain(call.function)
        if isinstance(called, Index):
            modules = script.meaning.details(called.object, "module")
            if len(modules) == 1:
                return f"{modules[0]}.{called.name}"
        return script.meaning.path(called) or ""

    def _problem(self, script: Script, node: Expression, replaced: Node | None) -> Problem:
        shown = script.source.of(node)
        hint = f'write ("%d"):format({shown}), or math.tointeger({shown})'
        edits = () if replaced is None else (Edit(replaced.start, replaced.end, f'("%d"):format({shown})'),)
        return Problem(node, f"{shown} is a float: this writes 7.0 for 7", hint, edits=edits)

    def _encoded(self, script: Script, view: View, call: Call | MethodCall) -> Iterator[Problem]:
        said: set[Node] = set()
        for argument in call.arguments[:1]:
            for kind in script.meaning.kinds(argument):
                yield from self._table(script, kind, said, 0)

    def _table(self, script: Script, kind: Kind, said: set[Node], depth: int) -> Iterator[Problem]:
        if not isinstance(kind.detail, Table) or kind.detail in said or depth > 3:
            return
        said.add(kind.detail)
        for key, value, position in script.meaning.tables.puts(kind.detail):
            if isinstance(key, String) and position == 0 and self._is_float(script, value):
                shown = script.source.of(value)
                words = f"{shown} is a float: as JSON it is 7.0"
                edits = (Edit(value.start, value.end, f"math.tointeger({shown})"),)
                yield Problem(value, words, f"write math.tointeger({shown})", edits=edits)
            for inner in script.meaning.result_of(value, position):
                yield from self._table(script, inner, said, depth + 1)

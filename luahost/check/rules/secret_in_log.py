"""
Secrets that go into the mail log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from luahost import patterns
from luahost.check.finding import Problem, Severity
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Binary, Call, Expression, Index, MethodCall, Name, String, Table, plain

SECRET = patterns.compile(
    r"(?i)secret|token|passw(or)?d|api_?key|auth(?!or)|bearer|credential|private_?key|(?<![a-z])key(?![a-z])"
)
URL = patterns.compile(r"(?i)url|uri|endpoint|webhook")
USERINFO = patterns.compile(r"://[^/\s]*:[^/\s]*@?$|://[^/\s:]+:[^/\s@]+@")
LOGS = patterns.compile(r"(i|log)_(debug|info|warning|error)")

DEPTH = 6
"""How many variables and tables away a secret is still found."""


class SecretInLog(Rule):
    """
    A secret, or a URL that may have one in it, that is logged.
    """

    name = "secret-in-log"
    severity = "warning"
    title = "a secret in the mail log"
    reason = (
        "Mail logs are read by more people than hold the endpoint's key, and kept. A token in a URL "
        "(`https://user:token@…`, `?key=…`) is logged with the URL. A setting that is a URL may have a "
        "password in "
        "it, which is only noted."
    )

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(MethodCall, Call):
            if isinstance(node, MethodCall):
                logs = node.name.startswith("log_") and bool(LOGS.fullmatch(node.name))
                logs = logs and script.meaning.is_a(node.object, "event", "passthrough_event")
            else:
                called = plain(node.function)
                logs = isinstance(called, Index) and bool(LOGS.fullmatch(called.name or ""))
                logs = logs and isinstance(called, Index) and script.meaning.is_a(called.object, "dovecot")
            for argument in node.arguments if logs else ():
                worst = self._worst(self._secrets(script, argument, DEPTH))
                if worst:
                    words, severity = worst
                    yield Problem(argument, words, "log what helps: the mailbox, the status", severity)

    def _worst(self, found: Iterator[tuple[str, Severity]]) -> tuple[str, Severity] | None:
        return min(found, key=lambda one: one[1] != "warning", default=None)

    def _secrets(self, script: Script, node: Expression, depth: int) -> Iterator[tuple[str, Severity]]:
        """
        What of an expression should not be logged, and how sure that is.
        """
        node = plain(node)
        if depth == 0:
            return
        for kind in script.meaning.kinds(node):
            if kind.what == "setting" and isinstance(kind.detail, str):
                if SECRET.search(kind.detail):
                    yield f"the setting {kind.detail} goes into the mail log", "warning"
                elif URL.search(kind.detail):
                    yield f"the setting {kind.detail}, which may hold a password, goes into the log", "note"
        if isinstance(node, String) and USERINFO.search(node.value):
            yield "a URL with a password in it goes into the mail log", "warning"
        elif isinstance(node, Binary) and node.operator in ("..", "or", "and"):
            yield from self._secrets(script, node.left, depth)
            yield from self._secrets(script, node.right, depth)
        elif isinstance(node, Name):
            for write in script.scopes.variable(node).writes:
                if write.value is not None and not write.position:
                    yield from self._secrets(script, write.value, depth - 1)
        elif isinstance(node, Index) and node.name is not None:
            for owner in script.meaning.kinds(node.object):
                yield from self._fields(script, owner.detail, node.name, depth)
        for argument in self._written(script, node):
            yield from self._secrets(script, argument, depth)

    def _written(self, script: Script, node: Expression) -> Sequence[Expression]:
        """
        What a call that makes a text makes it of.
        """
        formats = isinstance(node, MethodCall) and node.name == "format"
        writes = isinstance(node, Call) and script.meaning.path(node.function) in (
            "tostring",
            "string.format",
        )
        return node.arguments if isinstance(node, Call | MethodCall) and (formats or writes) else ()

    def _fields(self, script: Script, table: object, name: str, depth: int) -> Iterator[tuple[str, Severity]]:
        if isinstance(table, Table):
            for key, value, position in script.meaning.tables.puts(table):
                if isinstance(key, String) and key.value == name and not position:
                    yield from self._secrets(script, value, depth - 1)

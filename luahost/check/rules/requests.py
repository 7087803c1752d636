"""
Where a script waits for HTTP, and for how long at worst. What several rules share.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from luahost.check.meaning import View
from luahost.check.meaning.kinds import HTTP_MODULES
from luahost.check.meaning.paths import function_of
from luahost.check.meaning.usage import loop_around
from luahost.check.rules.http_tables import ClientTable, client_tables, count, seconds
from luahost.check.script import Script
from luahost.check.syntax import nodes
from luahost.check.syntax.nodes import (
    Call,
    Expression,
    Function,
    Index,
    MethodCall,
    Node,
    Number,
    Table,
    plain,
)

DEFAULT_SECONDS = 60.0
"""What both Dovecot's client and LuaSocket wait unless told otherwise."""


class Waiting(NamedTuple):
    """
    A call that waits for an answer.

    Attributes:
        call: The call.

        seconds: How long one attempt may take; None if that cannot be known.

        stated: Whether the script says how long.

        attempts: How often it tries at most.

        repeated: Whether it happens once for each message.
    """

    call: Node
    seconds: float | None
    stated: bool
    attempts: int
    repeated: bool

    @property
    def worst(self) -> float | None:
        """
        How long it may take with all attempts, for one message.
        """
        return None if self.seconds is None else self.seconds * self.attempts


def socket_requests(script: Script, view: View) -> Iterator[tuple[Call, str, list[Expression]]]:
    """
    The calls of ``request`` of ``socket.http`` and ``ssl.https``: call, module, arguments.
    """
    for call in view.nodes(Call):
        called, arguments = plain(call.function), list(call.arguments)
        if script.meaning.path(called) in ("pcall", "xpcall") and arguments:
            called, arguments = plain(arguments[0]), arguments[1:]
        if isinstance(called, Index) and called.name == "request":
            for module in script.meaning.details(called.object, "module"):
                if module in HTTP_MODULES and isinstance(module, str):
                    yield call, module, arguments


def socket_timeout(script: Script, module: str) -> tuple[float | None, bool]:
    """
    What ``http.TIMEOUT`` is set to, and whether it is.
    """
    for node in script.nodes(nodes.Assign):
        for target, value in zip(node.targets, node.values, strict=False):
            if not isinstance(target, Index) or target.name != "TIMEOUT":
                continue
            if set(script.meaning.details(target.object, "module")) & {module, "socket"}:
                number = plain(value)
                stated = number.value if isinstance(number, Number) else None
                return (None if stated is None else float(stated)), True
    return DEFAULT_SECONDS, False


def own_connection(script: Script, view: View, arguments: list[Expression]) -> bool:
    """
    Whether a request brings the function that makes its connection, which then has its own timeout.
    """
    return any(
        isinstance(value, Table) and value.field("create") is not None
        for argument in arguments[:1]
        for value in view.values(argument)
    )


def client_waiting(client: ClientTable, view: View) -> tuple[float | None, bool, int]:
    """
    Seconds for one attempt, whether the script says so, and attempts, of a client in this dialect.
    """
    options, targets = view.facts.http_options, view.facts.http_targets
    found: dict[str, float | None] = {}
    attempts = 1
    for setting in client.settings:
        target = targets.get(setting.name)
        if target in ("request_timeout", "request_absolute_timeout"):
            found[target] = seconds(setting.value, options[setting.name])
        elif target == "max_attempts":
            attempts = max(count(setting.value) or 1, 1)
    if "request_absolute_timeout" in found:
        return found["request_absolute_timeout"], True, 1
    return found.get("request_timeout", DEFAULT_SECONDS), "request_timeout" in found, attempts


def waitings(script: Script, view: View) -> Iterator[Waiting]:
    """
    Every call that waits for an answer, and can run.
    """
    clients = {client.call: client for client in client_tables(script, view)}
    for submit in view.nodes(MethodCall):
        if submit.name != "submit" or not script.meaning.is_a(submit.object, "http_request"):
            continue
        for request in script.meaning.details(submit.object, "http_request"):
            if not isinstance(request, MethodCall):
                continue
            for made in script.meaning.details(request.object, "http_client"):
                client = clients.get(made) if isinstance(made, Call) else None
                if client is not None:
                    wait, stated, attempts = client_waiting(client, view)
                    yield Waiting(submit, wait, stated, attempts, repeated(script, submit))
    for call, module, arguments in socket_requests(script, view):
        if not own_connection(script, view, arguments):
            wait, stated = socket_timeout(script, module)
            yield Waiting(call, wait, stated, 1, repeated(script, call))


def repeated(script: Script, node: Node) -> bool:
    """
    Whether a call happens once for each message: in a handler, or in a loop, there or where the function is
    called from.
    """
    return _repeated(script, node, set())


def _repeated(script: Script, node: Node, seen: set[Function]) -> bool:
    function = function_of(node)
    if loop_around(node) is not None:
        return True
    if function is None or function in seen:
        return False
    if any(
        entry in script.meaning.handlers for entry in script.meaning.functions.entries_of.get(function, ())
    ):
        return True
    seen.add(function)
    return any(_repeated(script, call, seen) for call in callers(script, function))


def callers(script: Script, function: Function) -> Iterator[Node]:
    """
    The calls of a function of the script, by its name.
    """
    for call in script.nodes(Call):
        kinds = script.meaning.details(call.function, "function")
        handed = script.meaning.path(call.function) in ("pcall", "xpcall") and call.arguments
        if handed:
            kinds = kinds + script.meaning.details(call.arguments[0], "function")
        if function in kinds:
            yield call

"""
``add_int`` with what may be no integer.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.meaning.usage import conditions_above, names_in, protected
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Expression, MethodCall, Name, Number, String, plain

METHODS = ("add_int", "inc_int", "add_timeval")


class IntegerField(Rule):
    """
    A field of an event that is to be an integer and may be a text.
    """

    name = "integer-field"
    severity = "error"
    title = "`add_int` with what may be a text"
    reason = (
        "LuaSocket's `request` answers nil and a text, `connection refused`, where nobody listens: what "
        "is the status on good days is a text then, and `add_int` raises. `end_txn` ends there, and the "
        "messages that have not been sent yet are lost. The documents' second example does it. A number with "
        "a fraction raises too."
    )
    source = "Seen in Dovecot 2.3.19.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        meaning = script.meaning
        for node in view.nodes(MethodCall):
            if node.name not in METHODS or len(node.arguments) < 2:
                continue
            if not meaning.is_a(node.object, "event", "passthrough_event") or protected(node, meaning):
                continue
            value = plain(node.arguments[1])
            kinds = meaning.whats(value)
            if "socket_code" in kinds and not self._asked(script, value):
                yield Problem(
                    value,
                    f"{node.name} raises where nobody listens: {script.source.of(value)} then is a text, "
                    "and the "
                    "rest of the transaction is lost",
                    'ask first: if type(code) == "number" then … end',
                )
            elif kinds == {"string"} and not (isinstance(value, String) and self._is_number(value.value)):
                if isinstance(value, String) or meaning.is_a(value, "string"):
                    yield Problem(value, f"{node.name} takes an integer, and this is a text: it raises")
            elif "float" in kinds and not (
                isinstance(value, Number) and float(value.value or 0).is_integer()
            ):
                yield Problem(
                    value, f"{node.name} takes an integer: a number with a fraction raises", "use math.floor"
                )

    def _is_number(self, text: str) -> bool:
        try:
            float(text)
        except ValueError:
            return False
        return True

    def _asked(self, script: Script, value: Expression) -> bool:
        """
        Whether the script asks before, or in the value itself, what it has got.
        """
        names = {name.binding for name in names_in(value)}
        for condition in [value, *conditions_above(value)]:
            for node in condition.walk():
                if isinstance(node, Call) and script.meaning.path(node.function) in ("type", "tonumber"):
                    asked = {name.binding for argument in node.arguments for name in names_in(argument)}
                    if names & asked:
                        return True
                elif isinstance(node, Name) and script.meaning.is_a(node, "socket_result"):
                    return True
        return False

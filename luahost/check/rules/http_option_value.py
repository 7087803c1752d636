"""
Values of settings of ``dovecot.http.client`` that a version refuses, or dies of.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost import patterns
from luahost.check.finding import Problem
from luahost.check.meaning import View
from luahost.check.rule import Rule
from luahost.check.rules.http_tables import Setting, client_tables
from luahost.check.script import Script
from luahost.check.syntax.nodes import Constant, Number, String, Table, Unary

NUMBERS = ("milliseconds", "count", "seconds")
WITHOUT_UNIT = patterns.compile(r"[1-9][0-9]*\Z")


class HttpOptionValue(Rule):
    """
    A setting's value of the wrong type.
    """

    name = "http-option-value"
    severity = "error"
    title = "a setting of `dovecot.http.client` with a value of the wrong kind"
    reason = (
        "2.3 takes Lua's own types: numbers for times in milliseconds, booleans. 2.4 takes the server's "
        "settings as "
        'text: times have a unit (`"5s"`), switches are `"yes"` and `"no"`. Otherwise the call raises and '
        "the script is off, and a boolean or a table kills the mail process of 2.4.1, as `event_parent` "
        "kills that "
        "of 2.3.19.1."
    )
    source = "Seen in Dovecot 2.3.19.1 and 2.4.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        native = view.facts.switches["http_settings"] == "native"
        for client in client_tables(script, view):
            for setting in client.settings:
                kind = view.facts.http_options.get(setting.name, "")
                if setting.name == "event_parent":
                    if not view.facts.switches["http_event_parent"]:
                        words = f"event_parent kills the mail process of {view.facts.title}"
                        yield Problem(setting.at, words, "leave it out there")
                    continue
                complaint = self._native(setting, kind) if native else self._text(setting, kind)
                if complaint:
                    words, hint = complaint
                    yield Problem(setting.value, f"{setting.name}: {words} in {view.facts.title}", hint)

    def _native(self, setting: Setting, kind: str) -> tuple[str, str] | None:
        value = setting.value
        if kind in NUMBERS and isinstance(value, String | Table | Constant):
            return ("a number is expected, and the call raises", "") if not nil(value) else None
        if kind in NUMBERS and isinstance(value, Unary) and value.operator == "-":
            return "a number from 0 is expected, and the call raises", ""
        if kind == "boolean" and isinstance(value, String | Number | Table):
            return "true or false is expected, and the call raises", ""
        if kind == "string" and (isinstance(value, Number | Table) or boolean(value)):
            return "a string is expected, and the call raises", ""
        return None

    def _text(self, setting: Setting, kind: str) -> tuple[str, str] | None:
        value = setting.value
        if kind and (isinstance(value, Table) or boolean(value)):
            word = "yes" if isinstance(value, Constant) and value.text == "true" else "no"
            return (
                "a boolean or a table kills the mail process",
                f'write "{word}"' if kind == "boolean" else "",
            )
        if kind == "time" and isinstance(value, Number) and value.value != 0:
            hint = f'write "{value.text}ms" or "{value.text}s"'
            return "a time without a unit is refused, and the script does not start", hint
        if kind == "time" and isinstance(value, String) and WITHOUT_UNIT.match(value.value):
            hint = f'write "{value.value}ms" or "{value.value}s"'
            return "a time without a unit is refused, and the script does not start", hint
        if (
            kind == "boolean"
            and isinstance(value, String)
            and value.value.lower() not in ("yes", "y", "1", "no")
        ):
            return "only yes and no are taken, and the script does not start", 'write "yes" or "no"'
        return None


def nil(value: object) -> bool:
    """
    Whether a value is ``nil`` as it stands.
    """
    return isinstance(value, Constant) and value.text == "nil"


def boolean(value: object) -> bool:
    """
    Whether a value is ``true`` or ``false`` as it stands.
    """
    return isinstance(value, Constant) and value.text != "nil"

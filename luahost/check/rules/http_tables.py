"""
The tables of settings that a script gives ``dovecot.http.client``. What several rules share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from luahost.check.facts import Facts
from luahost.check.meaning import View
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Constant, Expression, Index, Node, Number, String, Table, plain

RENAMED: Mapping[str, str] = {"timeout": "request_timeout", "timeout_msecs": "request_timeout_msecs"}
"""Names in documents and in scripts that no version has."""

UNITS = {"": None, "ms": 0.001, "msec": 0.001, "msecs": 0.001, "s": 1, "sec": 1, "secs": 1}
UNITS |= {"second": 1, "seconds": 1, "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "h": 3600}


class Setting:
    """
    One setting of a client.

    Attributes:
        name: Its name.

        at: Where the name stands.

        value: What it is set to.
    """

    __slots__ = ("at", "name", "value")

    def __init__(self, name: str, at: Node, value: Expression) -> None:
        self.name = name
        self.at = at
        self.value = plain(value)


class ClientTable:
    """
    The settings of one call of ``dovecot.http.client``.

    Attributes:
        call: The call.

        table: The constructor.

        settings: What is in it, as far as names stand there.
    """

    __slots__ = ("call", "settings", "table")

    def __init__(self, script: Script, call: Call, table: Table) -> None:
        self.call = call
        self.table = table
        self.settings = [
            Setting(key.value, key, value)
            for key, value, _ in script.meaning.tables.puts(table)
            if isinstance(key, String)
        ]

    def get(self, *names: str) -> Setting | None:
        """
        The first of these settings that is there and is not a name for nil.
        """
        return next((one for one in self.settings if one.name in names), None)


def client_tables(script: Script, view: View) -> Iterator[ClientTable]:
    """
    The settings that clients get in this dialect.
    """
    for call in view.nodes(Call):
        called = call.function
        if not isinstance(called, Index) or called.name != "client" or not call.arguments:
            continue
        if script.meaning.is_a(called.object, "http"):
            for value in view.values(call.arguments[0]):
                if isinstance(value, Table):
                    yield ClientTable(script, call, value)


def other_name(name: str, facts: Facts, all_facts: Mapping[str, Facts]) -> str:
    """
    What this dialect calls what another one calls so; empty if it has no such thing.
    """
    name = RENAMED.get(name, name)
    for other in all_facts.values():
        target = other.http_targets.get(name)
        if target is not None:
            found = [mine for mine, what in facts.http_targets.items() if what == target]
            if found:
                return found[0]
    if name in facts.http_options:
        return name
    for changed in (re.sub("_(msecs|secs)$", "", name), name + "_msecs"):
        if changed in facts.http_options:
            return changed
    return ""


def seconds(value: Expression, kind: str) -> float | None:
    """
    A time in seconds, from a number or a text that stands there; None if it cannot be known.
    """
    if kind == "milliseconds" and isinstance(value, Number) and value.value is not None:
        return value.value / 1000
    if kind == "time" and isinstance(value, String):
        match = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", value.value)
        unit = UNITS.get(match[2]) if match else None
        return int(match[1]) * unit if match and unit else None
    return None


def count(value: Expression) -> int | None:
    """
    A whole number that stands there, as a number or as text.
    """
    if isinstance(value, Number) and isinstance(value.value, int):
        return value.value
    return int(value.value) if isinstance(value, String) and value.value.isdigit() else None


def is_no_value(value: Expression) -> bool:
    """
    Whether a value is nil as it stands, so that the setting is not there: Python's ``True`` is.
    """
    return (isinstance(value, Constant) and value.text == "nil") or (
        getattr(value, "text", "") in ("True", "False", "None") and getattr(value, "binding", 1) is None
    )

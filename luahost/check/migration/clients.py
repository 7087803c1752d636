"""
HTTP clients for both versions: each gets its own names and units for the same settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from luahost.check.facts import Facts
from luahost.check.finding import Edit
from luahost.check.meaning import View
from luahost.check.migration.settings import snippet, taken
from luahost.check.rules.http_tables import ClientTable, Setting, client_tables, other_name, seconds
from luahost.check.script import Script
from luahost.check.syntax.nodes import Binary, Call, Constant, MethodCall, Node, Number, String

FLAG = "is_dovecot_24"
"""The name that a script gets; one that has it already is left alone."""

REVERSED = {"no_auto_redirect": "auto_redirect", "no_auto_retry": "auto_retry"}
"""Switches of 2.3 that say the opposite of 2.4's."""

NOTHING = "debug"
"""A setting that changes nothing, and that 2.4 does not have."""


def client_edits(script: Script, view: View, all_facts: Mapping[str, Facts]) -> tuple[list[Edit], str]:
    """
    Changes so that each client gets settings that its version knows, and what has to stand at the top of the
    script for them. A client whose settings cannot be told is left as it is.
    """
    old, new = all_facts["2.3"], all_facts["2.4"]
    tables: dict[Node, ClientTable] = {}
    for client in client_tables(script, view):
        if any(_wrong(setting, view.facts) for setting in client.settings):
            tables[client.table] = client
    edits = []
    for table, client in tables.items():
        if len(client.settings) != len(client.table.fields) or taken(script, FLAG):
            continue
        written = [_written(client.settings, facts, all_facts) for facts in (new, old)]
        if None not in written:
            choice = f"{FLAG} and {written[0]} or {written[1]}"
            edits.append(Edit(table.start, table.end, choice if _apart(table) else f"({choice})"))
    return edits, snippet("version") if edits else ""


def _apart(table: Node) -> bool:
    """
    Whether something longer can take a table's place as it is: not in ``client{…}``, nor beside an operator.
    """
    parent = table.parent
    if isinstance(parent, Call | MethodCall):
        return table in parent.arguments and table.end < parent.end
    return not isinstance(parent, Binary)


def _wrong(setting: Setting, facts: Facts) -> bool:
    return setting.name not in facts.http_options or _value(setting, setting.name, facts) is None


def _written(settings: Iterable[Setting], facts: Facts, all_facts: Mapping[str, Facts]) -> str | None:
    """
    A table of settings for a version; None if one of them cannot be said in it.
    """
    fields = []
    for setting in settings:
        if setting.name == NOTHING:
            continue
        name = other_name(setting.name, facts, all_facts)
        value = _value(setting, name, facts) if name else None
        if value is None:
            return None
        fields.append(f"{name} = {value}")
    return f"{{ {', '.join(fields)} }}" if fields else "{}"


def _value(setting: Setting, name: str, facts: Facts) -> str | None:
    """
    A setting's value as a version writes it.
    """
    value, kind = setting.value, facts.http_options[name]
    if kind in ("milliseconds", "time", "seconds"):
        given = seconds(value, "time" if isinstance(value, String) else "milliseconds")
        if setting.name.endswith("_secs") and isinstance(value, Number) and value.value is not None:
            given = float(value.value)
        return None if given is None else _time(given, kind)
    if kind == "count" and isinstance(value, Number):
        return value.text
    if kind == "count" and isinstance(value, String) and value.value.isdigit():
        return value.value
    if kind == "boolean":
        return _switch(setting, name, facts)
    if kind in ("string", "url", "tls") and isinstance(value, String):
        return f'"{value.value}"' if '"' not in value.value else None
    return None


def _time(given: float, kind: str) -> str:
    milliseconds = round(given * 1000)
    if kind == "milliseconds":
        return str(milliseconds)
    if kind == "seconds":
        return str(round(given))
    return f'"{milliseconds // 1000}s"' if milliseconds % 1000 == 0 else f'"{milliseconds}ms"'


def _switch(setting: Setting, name: str, facts: Facts) -> str | None:
    value = setting.value
    if isinstance(value, Constant) and value.text in ("true", "false"):
        on = value.text == "true"
    elif isinstance(value, String) and value.value in ("yes", "no"):
        on = value.value == "yes"
    else:
        return None
    on = on is not ((name in REVERSED) is not (setting.name in REVERSED))
    if facts.switches["http_settings"] == "text":
        return '"yes"' if on else '"no"'
    return "true" if on else "false"

"""
``docs/dialects.md`` and the table in the README: the table of dialects as users need it, made from
``luahost/dialects/`` itself.

``make docs`` writes them; a test holds both against the table, so they cannot drift.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from luahost.dialects import DIALECTS, Dialect

ROOT = Path(__file__).parent.parent
PAGE, README = ROOT / "docs" / "dialects.md", ROOT / "README.md"

HEAD = """\
# Dialects: what your script sees, per version

`--dialect documented` is what Dovecot's documents say, `2.3` and `2.4` are what Dovecot 2.3.19.1 and
2.4.1 really do. `--dialect all` runs each and shows what differs. The tables are made from luahost's own
table of switches.
"""

GROUPS = {
    "Event tables": (
        "event_user flags_bitmask keywords_set keywords_clear integers date_range "
        "empty_flag_events hash_order"
    ),
    "Loading the script": (
        "script_init_settings script_init_result loading_line load_prefix scripts_checked_at_start "
        "script_file_setting no_script mail_lua_fallback mail_lua_load"
    ),
    "Users, mailboxes, `dovecot.*`": (
        "plugin_getenv mail_debug var_expand constants_absent auto_create forced_debug more_functions kills"
    ),
    "`dovecot.http.client`": "http_settings http_event_parent http_payload_sync http_url_shows_character",
    "Mailboxes that are made by themselves": "inbox_announced inbox_subscribed empty_directories",
    "Several drivers": (
        "drivers_share_records failing_driver_ends_list empty_driver_ends_list unknown_driver dlog_lines"
    ),
    "The OX driver": (
        "ox_event ox_fields ox_hexadecimal ox_own_user_only ox_block ox_cache_in_milliseconds "
        "ox_timeout_msecs ox_max_retries ox_one_client ox_sends_at_end ox_says_whose_name"
    ),
    "The mail log and named events": "log_connection log_further_lines log_last_user event_service",
}
"""Switches by what they are about."""

REST = "Further"
"""Where a switch stands that no group names."""

SHORT = """
event_user flags_bitmask keywords_set keywords_clear integers empty_flag_events script_init_settings
script_init_result plugin_getenv var_expand http_settings drivers_share_records inbox_announced
"""
"""The switches that scripts trip over most; the README shows these."""

BEGIN, END = "<!-- made by `make docs` -->\n", "<!-- end of what `make docs` makes -->\n"


def switches() -> dict[str, str]:
    """
    What each switch means, by its name, from the docstring of the table.
    """
    text = inspect.cleandoc(Dialect.__doc__ or "").partition("Attributes:")[2]
    found = re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: " ".join(words.split()) for name, words in found if name != "name"}


def cell(value: object) -> str:
    """
    A value in a table.
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return f"`{value}`" if value else "–"
        case frozenset() | set():
            return "<br>".join(f"`{item}`" for item in sorted(map(str, value))) or "–"
        case tuple():
            return "<br>".join(f"`{item}`" for item in value)
        case _:
            return str(value)


def table(names: Iterable[str]) -> str:
    """
    The rows of these switches.
    """
    lines = ["| | " + " | ".join(DIALECTS) + " |", "| --- |" + " --- |" * len(DIALECTS)]
    meanings = switches()
    for name in names:
        # A pipe would end the cell.
        meaning = meanings[name].replace("|", "\\|").replace("``", "`").removeprefix("Whether ").rstrip(".")
        row = [cell(getattr(dialect, name)) for dialect in DIALECTS.values()]
        lines.append(f"| {meaning[:1].upper()}{meaning[1:]} | " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """
    The whole page, a table for each group.
    """
    grouped = {title: names.split() for title, names in GROUPS.items()}
    named = {name for names in grouped.values() for name in names}
    rest = [field.name for field in fields(Dialect) if field.name not in named | {"name"}]
    if rest:
        grouped[REST] = rest
    return HEAD + "".join(f"\n## {title}\n\n{table(names)}" for title, names in grouped.items())


def readme(text: str) -> str:
    """
    The README with its table made anew.
    """
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{README.name} has lost one of the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{table(SHORT.split())}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    README.write_text(readme(README.read_text("utf-8")), "utf-8")

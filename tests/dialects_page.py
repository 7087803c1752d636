"""
``docs/dialects.md``: the table of dialects as users need it, made from ``luahost/dialects.py`` itself.

``make docs`` writes it; a test holds the page against the table, so it cannot drift.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

from luahost.dialects import DIALECTS, Dialect

PAGE = Path(__file__).parent.parent / "docs" / "dialects.md"

HEAD = """\
# Dialects: what your script sees, per version

`--dialect documented` is what Dovecot's documents say, `2.3` and `2.4` are what Dovecot 2.3.19.1 and
2.4.1 really do. `--dialect all` runs each and shows what differs. The table is made from luahost's own
table of switches.

"""


def switches() -> dict[str, str]:
    """
    What each switch means, by its name, from the docstring of the table.
    """
    text = inspect.cleandoc(Dialect.__doc__ or "").partition("Attributes:")[2]
    found = re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: " ".join(words.split()) for name, words in found}


def cell(value: object) -> str:
    """
    A value in a table.
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return f"`{value}`" if value else "–"
        case frozenset() | set() | tuple() | list():
            return "<br>".join(f"`{item}`" for item in sorted(map(str, value))) or "–"
        case _:
            return str(value)


def page() -> str:
    """
    The whole page.
    """
    lines = ["| | " + " | ".join(DIALECTS) + " |", "| --- |" + " --- |" * len(DIALECTS)]
    meanings = switches()
    for field in fields(Dialect):
        if field.name == "name":
            continue
        # A pipe would end the cell.
        meaning = (
            meanings[field.name].replace("|", "\\|").replace("``", "`").removeprefix("Whether ").rstrip(".")
        )
        meaning = meaning[:1].upper() + meaning[1:]
        row = [cell(getattr(dialect, field.name)) for dialect in DIALECTS.values()]
        lines.append(f"| {meaning} | " + " | ".join(row) + " |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

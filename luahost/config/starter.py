"""
A ``luahost.yaml`` to start serving with: ``starter.yaml`` beside this module, with one's own settings in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files

from luahost import patterns
from luahost.errors import UsageError

SCRIPT = "push.lua"
"""The script that it runs unless told otherwise."""

_PLAIN = patterns.compile(r"[a-z]+(_[a-z0-9]+)+")
"""Names that YAML takes for nothing else; `no` it does."""

_PATH = patterns.compile(r"[\w/.-]*[/.][\w/.-]*")
"""Paths likewise."""

EXAMPLE = {"push_lua_url": "http://127.0.0.1:8080/push"}
"""The settings of that script."""


def starter(
    dialect: str, settings: Mapping[str, str], *, script: str = SCRIPT, spool: str, pickup: str
) -> bytes:
    """
    The file's content.

    Args:
        dialect: Whose scripts it runs, a key of ``luahost.DIALECTS``.

        settings: What the script can ask for.

        script: The script: a path, or what it is called beside the file.

        spool: The file that keeps transactions, likewise.

        pickup: The folder from which files are taken, likewise.

    Raises:
        UsageError: A path or setting is no UTF-8.
    """
    text = files(__package__).joinpath("starter.yaml").read_text("utf-8")
    # What JSON has between quotes YAML has, too.
    lines = [f"\n  {_key(key)}: {_quoted(value)}" for key, value in settings.items()]
    text = text.replace(" @plugin@", "".join(lines) or " {}")
    text = text.replace("@dialect@", dialect)
    for name, path in (("script", script), ("spool", spool), ("pickup", pickup)):
        text = text.replace(f"@{name}@", path if _PATH.fullmatch(path) else _quoted(path))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line = text[: error.start].count("\n")
        words = text.splitlines()[line].strip().encode("utf-8", "backslashreplace").decode()
        raise UsageError(f"YAML is UTF-8, and this is not: {words}") from None


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

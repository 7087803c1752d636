"""
The parser of Dovecot 2.3's syntax, asked as ``tests.config.doveconf`` asks the real one.
"""

from __future__ import annotations

from pathlib import Path

from luahost.config.files import Disk, Files
from luahost.config.lines import LineReader
from luahost.config.origin import Note
from luahost.config.statements import statements
from luahost.config.syntax_2_3 import Configuration23


def parsed(file: str | Path, files: Files | None = None) -> tuple[Configuration23, list[Note]]:
    """
    A configuration and all notes about it.
    """
    files = files or Disk()
    reader = LineReader(files)
    configuration = Configuration23(statements(reader.lines(str(file))), files)
    return configuration, [*reader.notes, *configuration.notes]


def settings(file: str | Path, service: str = "lmtp", files: Files | None = None) -> dict[str, str]:
    """
    ``mail_plugins`` and what is in ``plugin { }``, as ``plugin/KEY``.
    """
    values = parsed(file, files)[0].values(service)
    found = {name: value.text for name, value in values.items() if name.startswith("plugin/")}
    return {"mail_plugins": values["mail_plugins"].text if "mail_plugins" in values else "", **found}

"""
Configurations in files of their own, and the drivers in them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from luahost.config.configuration import Configuration, read_configuration
from luahost.drivers import DriverEntry

Configure = Callable[..., Configuration]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """
    ``configure(text, name="dovecot.conf", other=…)`` reads a configuration; other files stand beside it.
    """
    monkeypatch.chdir(tmp_path)

    def read(text: str, name: str = "dovecot.conf", **others: str) -> Configuration:
        for file, content in {name: text, **others}.items():
            Path(file).write_text(content, "utf-8")
        return read_configuration(name)

    return read


def entry(name: str, block: str, lua_settings: dict[str, str] | None = None, **options: str) -> DriverEntry:
    """
    The driver of a block ``push_notification`` of Dovecot 2.4.
    """
    setting = f"push_notification {block}"
    return DriverEntry(name=name, options=options, setting=setting, lua_settings=lua_settings or {})

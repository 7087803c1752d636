"""
Configurations in files of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from luahost.config.configuration import Configuration, read_configuration

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

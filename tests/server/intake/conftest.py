"""
Servers that answer with what they are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.server.intake.door import Patience
from tests.server.intake.echoing import PATIENCE_SECONDS, Serve, Server


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """
    Starts servers; ended after the test.
    """
    servers: list[Server] = []

    def start(patience: Patience | None = None) -> Server:
        servers.append(Server(tmp_path / f"s{len(servers)}", patience or Patience()))
        return servers[-1]

    yield start
    for each in servers:
        each.listener.stop(PATIENCE_SECONDS)
        assert not each.listener.alive

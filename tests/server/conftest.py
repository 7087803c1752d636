"""
A spool on disk, and servers that run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from luahost.server.spool import SqliteSpool
from luahost.testing import Endpoint
from tests.conftest import WriteScript
from tests.server.running import SCRIPT, Arrivals, Running, Serve


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqliteSpool]:
    """
    A spool with room for three transactions, two of one user.
    """
    with SqliteSpool(tmp_path / "spool.db", most_unfinished=3, most_unfinished_of_user=2) as spool:
        yield spool


@pytest.fixture
def endpoint() -> Endpoint:
    """
    Where the script's requests go.
    """
    return Endpoint()


@pytest.fixture
def serve(tmp_path: Path, script: WriteScript, endpoint: Endpoint) -> Iterator[Serve]:
    """
    Starts a server with a section like this; ended after the test.
    """
    running: list[Running] = []
    with endpoint.real() as real:

        def start(text: str = SCRIPT, **section: Any) -> Running:
            running.append(Running(tmp_path, script(text), f"{real.url}/push", **section))
            return running[-1]

        yield start
        for one in running:
            one.end()


@pytest.fixture
def arrivals(endpoint: Endpoint) -> Arrivals:
    """
    An endpoint that takes everything.
    """
    return Arrivals(endpoint)

"""
What the tests of the command have: a script to write, and a server that listens.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import RememberingServer


@pytest.fixture
def receiver() -> Iterator[RememberingServer]:
    """
    A real HTTP server on loopback that answers 200 to each POST.
    """
    server = RememberingServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url(receiver: RememberingServer) -> str:
    """
    The receiver's URL.
    """
    return f"http://127.0.0.1:{receiver.server_port}/handler"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """
    Where a test writes its script.
    """
    return tmp_path / "push.lua"

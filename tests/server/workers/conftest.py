"""
Attempts at transactions in real worker processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.workers.attempting import Run, Running


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Run]:
    """
    Starts such attempts.
    """
    begun: list[Running] = []

    def run(**more: Any) -> Running:
        begun.append(Running(tmp_path, **more))
        return begun[-1]

    yield run
    for each in begun:
        each.attempts.close()

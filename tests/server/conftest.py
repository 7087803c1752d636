"""
A spool on disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.server.spool import SqliteSpool


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SqliteSpool]:
    """
    A spool with room for three transactions, two of one user.
    """
    with SqliteSpool(tmp_path / "spool.db", most_unfinished=3, most_unfinished_of_user=2) as spool:
        yield spool

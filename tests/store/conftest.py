"""
A file for METADATA.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """
    Where the file will be.
    """
    return tmp_path / "metadata.sqlite"

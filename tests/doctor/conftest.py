"""
Folders that everybody may enter, as rights are asked for on all of a path.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost.doctor import Who


@pytest.fixture
def folder() -> Iterator[Path]:
    """
    A folder of ours that everybody may enter.
    """
    with tempfile.TemporaryDirectory(prefix="doctor-") as made:
        os.chmod(made, 0o755)
        yield Path(made)


@pytest.fixture
def stranger() -> Who:
    """
    A user who owns nothing.
    """
    return Who("stranger", 4_242_424, frozenset({4_242_424}))

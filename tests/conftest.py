"""
What every test has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import debian

if TYPE_CHECKING:
    import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    debian.check(item)

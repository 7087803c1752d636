"""
What crosses between Python and Lua is the same whether the script is in this process or in one of its own.
"""

from __future__ import annotations

import pytest

from tests import tiers


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    tiers.both(metafunc)

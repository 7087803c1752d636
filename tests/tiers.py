"""
The same tests in both tiers: scripts in this process, and scripts in processes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from luahost.runtime import DEFAULT_LUA


def both(metafunc: pytest.Metafunc) -> None:
    """
    Let a test that has sessions run in both tiers.

    ``pytest --isolate`` runs all of them in the worker, and nothing in process.
    """
    if "isolate" in metafunc.fixturenames and not metafunc.config.getoption("--isolate"):
        metafunc.parametrize("isolate", [False, True], ids=["in-process", "worker"])


def enough(items: list[pytest.Item]) -> list[pytest.Item]:
    """
    The tests without those that differ from another one in the Lua version of their worker only.
    """
    return [item for item in items if not _again(getattr(getattr(item, "callspec", None), "params", {}))]


def _again(parameters: Mapping[str, Any]) -> bool:
    return bool(parameters.get("isolate")) and parameters.get("lua", DEFAULT_LUA) != DEFAULT_LUA

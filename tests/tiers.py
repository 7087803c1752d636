"""
How many of a test's cases run in which tier and on which Lua: scripts in this process or in processes of
their own, on the version most people have or on the others.

Every case runs in this process on the default Lua, and every test runs everywhere with one of its cases.
``pytest --every-case`` leaves none out, which takes twice as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from luahost.runtime import DEFAULT_LUA

SAMPLED = ("tests/api/", "tests/drivers/")
"""
Rooms in which a place is no matter of the case: their Lua halves are one text for all versions, and what
crosses to another process, and how Lua fails, is what ``tests/runtime`` tries with every case everywhere.
"""


def both(metafunc: pytest.Metafunc) -> None:
    """
    Let a test that has sessions run in both tiers.

    ``pytest --isolate`` runs all of them in the worker, and nothing in process.
    """
    if "isolate" in metafunc.fixturenames and not metafunc.config.getoption("--isolate"):
        metafunc.parametrize("isolate", [False, True], ids=["in-process", "worker"])


def enough(items: list[pytest.Item]) -> list[pytest.Item]:
    """
    The tests without those that differ from another one in the Lua version of their worker only, and in
    sampled rooms without further cases of a test in a place where it has run.
    """
    seen: set[tuple[str, object, object]] = set()
    return [item for item in items if not _again(item, seen)]


def _again(item: pytest.Item, seen: set[tuple[str, object, object]]) -> bool:
    parameters: Mapping[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    lua, isolated = parameters.get("lua", DEFAULT_LUA), bool(parameters.get("isolate"))
    if isolated and lua != DEFAULT_LUA:
        return True
    at_home = not isolated and lua == DEFAULT_LUA
    if at_home or not item.nodeid.startswith(SAMPLED) or (not isolated and _chosen_by_the_test(item)):
        return False
    place = (item.nodeid.partition("[")[0], lua, isolated)
    known = place in seen
    seen.add(place)
    return known


def _chosen_by_the_test(item: pytest.Item) -> bool:
    """
    Whether the test names its Lua versions itself, in place of taking its room's.
    """
    return any(
        "lua" in (mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0])
        for mark in item.iter_markers("parametrize")
    )

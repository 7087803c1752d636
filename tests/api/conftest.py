"""
The Lua halves of ``dovecot`` are one text for all Lua versions, so most tests here run on three of
them: the oldest, Debian's, and LuaJIT. What is proved ``everywhere`` runs on each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost import Host
from tests import tiers
from tests.api.http_runner import SCRIPT, Result, Run


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    tiers.both(metafunc)


@pytest.fixture(params=["5.1", "5.4", "luajit"])
def lua(request: pytest.FixtureRequest) -> str:
    """
    Three Lua versions in turn.
    """
    version: str = request.param
    return version


@pytest.fixture
def run(tmp_path: Path, isolate: bool) -> Run:
    """
    ``run(expression, …)`` evaluates Lua expressions in a handler, where ``submit(url, settings, prepare,
    method)`` is at hand.
    """

    def evaluate(expression: str, *, dialect: str = "2.3", lua: str = "5.4") -> Result:
        script = tmp_path / "push.lua"
        script.write_text(SCRIPT.format(expression=expression))
        return Result(Host(str(script), dialect=dialect, lua=lua, trusted=True, isolate=isolate))

    return evaluate

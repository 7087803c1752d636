"""
The Lua halves of ``dovecot`` are one text for all Lua versions, so most tests here run on three of
them: the oldest, Debian's, and LuaJIT. What is proved ``everywhere`` runs on each.
"""

from __future__ import annotations

import pytest


@pytest.fixture(params=["5.1", "5.4", "luajit"])
def lua(request: pytest.FixtureRequest) -> str:
    """
    Three Lua versions in turn.
    """
    version: str = request.param
    return version

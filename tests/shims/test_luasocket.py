"""
LuaSocket's modules that need no network, against the real ones.
"""

from __future__ import annotations

import pytest

from luahost.runtime import LUA_VERSIONS
from tests.debian import needs
from tests.shims.engines import hosted, outcomes, real

pytestmark = needs("lua5.4", "lua-socket")


@pytest.mark.parametrize("lua", LUA_VERSIONS)
@pytest.mark.parametrize("cases", ["ltn12_cases", "mime_cases", "url_cases", "socket_cases"])
def test_gives_what_the_real_one_gives(cases: str, lua: str) -> None:
    """
    Every case gives the same results on every Lua, and none fails before it has any.
    """
    expected = outcomes(lambda: real(cases, {}))

    assert outcomes(lambda: hosted(cases, {}, lua=lua)) == expected
    assert [name for name, outcome in expected.items() if outcome.gives.startswith("raises")] == []

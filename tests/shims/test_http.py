"""
``socket.http`` and ``ssl.https`` against the real ones, at endpoints that answer well and badly.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from luahost.runtime import LUA_VERSIONS
from tests.debian import needs
from tests.shims.engines import hosted, outcomes, real

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shims.endpoint import Endpoint

pytestmark = needs("lua5.4", "lua-socket", "lua-sec", "openssl")

NO_SINK = 'raises "assertion failed!"'
"""What LuaSocket makes of a body without a status line where the request has no sink."""


@pytest.mark.parametrize("cases", ["http_cases", "http_paths_cases", "http_time_cases"])
def test_gives_what_the_real_one_gives(cases: str, endpoint: Endpoint) -> None:
    """
    Every case gives the same results, and the endpoint sees the same requests.
    """
    world = {"base": endpoint.base}
    expected = outcomes(lambda: real(cases, world), endpoint)

    assert outcomes(lambda: hosted(cases, world), endpoint) == expected
    assert {outcome.gives for outcome in expected.values() if outcome.gives.startswith("raises")} <= {NO_SINK}


@pytest.mark.parametrize("lua", [lua for lua in LUA_VERSIONS if lua != "5.4"])
def test_is_the_same_on_every_lua(lua: str, endpoint: Endpoint) -> None:
    """
    No Lua makes a difference.
    """
    world = {"base": endpoint.base}
    expected = outcomes(lambda: hosted("http_cases", world), endpoint)

    assert outcomes(lambda: hosted("http_cases", world, lua=lua), endpoint) == expected


def test_https_gives_what_the_real_one_gives(
    endpoint: Endpoint, secure_endpoint: Endpoint, certificates: Path
) -> None:
    """
    ssl.https behaves as LuaSec's where the request says how far to trust.
    """
    secure_endpoint.names["{plain}"] = endpoint.base
    with socket.create_server(("127.0.0.1", 0)) as silent:
        world = {
            "secure": secure_endpoint.base,
            "silent_port": str(silent.getsockname()[1]),
            "ca": str(certificates / "ours.pem"),
            "wrong_ca": str(certificates / "other.pem"),
        }
        expected = outcomes(lambda: real("https_cases", world))
        real_requests = secure_endpoint.take()

        assert outcomes(lambda: hosted("https_cases", world)) == expected
        assert secure_endpoint.take() == real_requests
        assert endpoint.take() == []

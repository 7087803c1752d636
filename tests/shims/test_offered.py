"""
What LuaSocket's modules do under luahost alone: policy, effects, clock, and what is not offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from luahost.effects import Effects, Http
from luahost.egress import Egress
from luahost.egress_policy import PolicyName
from luahost.errors import ScriptError
from luahost.runtime import LUA_VERSIONS, LuaState
from luahost.shims import register
from luahost.testing import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

    from luahost.runtime import Plain
    from tests.shims.endpoint import Endpoint


class Script:
    """
    A script of one function, its effects, and a clock that only sleeping moves.
    """

    def __init__(self, folder: Path, body: str, *, policy: PolicyName = "live", lua: str = "5.4") -> None:
        self.effects = Effects()
        self.clock = ManualClock(1000.25)
        self._file = folder / "push.lua"
        self._file.write_text(f"function f()\n{body}\nend\n", "utf-8")
        self._policy = policy
        self._lua = lua

    def call(self) -> Plain:
        """
        What the function gives.
        """
        state = LuaState(self._lua)
        with Egress(self._policy) as egress:
            register(state, egress=egress, effects=self.effects, clock=self.clock)
            state.load(str(self._file))
            return state.call("f")[1]


def test_under_deny_every_connection_is_refused(tmp_path: Path, endpoint: Endpoint) -> None:
    """
    A script hears what it would hear from a closed port, and the effect tells who refused.
    """
    script = Script(
        tmp_path,
        f"local _, why = require('socket.http').request('{endpoint.base}/ok', 'a=1') return why",
        policy="deny",
    )

    assert script.call() == b"connection refused"
    (effect,) = script.effects.of(Http)
    assert (effect.denied, effect.error, effect.body) == (True, "connection refused", b"a=1")
    assert endpoint.requests == []


def test_each_hop_of_a_redirect_is_an_effect(tmp_path: Path, endpoint: Endpoint) -> None:
    """
    Effects are in the order of the exchanges, with what was asked and what came back.
    """
    script = Script(tmp_path, f"return (require('socket.http').request('{endpoint.base}/hop4'))")

    assert script.call() == b"fine\n"
    assert [(effect.url, effect.status) for effect in script.effects.of(Http)] == [
        (endpoint.base + "/hop4", 302),
        (endpoint.base + "/hop5", 302),
        (endpoint.base + "/ok", 200),
    ]


def test_effects_have_the_words_of_the_script(tmp_path: Path, endpoint: Endpoint) -> None:
    """
    The error in an effect is the message that the script got.
    """
    script = Script(
        tmp_path, f"local _, why = require('socket.http').request('{endpoint.base}/close') return why"
    )

    assert script.call() == b"closed"
    assert [effect.error for effect in script.effects.of(Http)] == ["closed"]


def test_effects_show_no_credentials(tmp_path: Path, endpoint: Endpoint) -> None:
    """
    User and password of a URL go out and stay out of the effects.
    """
    url = endpoint.base.replace("//", "//user:secret@")
    script = Script(tmp_path, f"return (require('socket.http').request('{url}/ok'))")
    script.call()

    (effect,) = script.effects.of(Http)
    assert effect.url == endpoint.base + "/ok"
    assert ("Authorization", "***") in effect.headers
    assert "Authorization: Basic dXNlcjpzZWNyZXQ=" in endpoint.requests[0].headers


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("path = '/ok', query = 'a=b'", "/ok?a=b"),
        ("uri = '/ok?c'", "/ok?c"),
        ("uri = '*'", "/*"),
        ("path = 'ok'", "/ok"),
    ],
)
def test_effects_show_a_url_of_what_was_asked_for(
    fields: str, shown: str, tmp_path: Path, endpoint: Endpoint
) -> None:
    """
    A request without a URL has one in its effect.
    """
    script = Script(
        tmp_path,
        "return (require('socket.http').request({ scheme = 'http', host = '127.0.0.1', "
        f"port = {endpoint.port}, {fields} }}))",
    )
    script.call()

    assert [effect.url for effect in script.effects.of(Http)] == [endpoint.base + shown]


def test_the_clock_is_the_hosts(tmp_path: Path) -> None:
    """
    Scripts tell the time, and let it pass, by the clock that they are given.
    """
    script = Script(
        tmp_path,
        "local socket = require('socket') local before = socket.gettime() socket.sleep(2.5) socket.sleep(-1)"
        " return before .. ' ' .. socket.gettime()",
    )

    assert script.call() == b"1000.25 1002.75"


@pytest.mark.parametrize("seconds", ["math.huge", "1e300", "0/0"])
def test_no_sleep_is_too_long_to_be_slept(seconds: str, tmp_path: Path) -> None:
    """
    A length that no clock can be told is cut to one that it can.
    """
    script = Script(tmp_path, f"require('socket').sleep({seconds}) return 'awake'")

    assert script.call() == b"awake"
    assert 0 <= script.clock.monotonic() <= 1e6


NOT_OFFERED = {
    **{
        f"require('socket').{name}()": f"luahost: socket.{name} is not offered to scripts"
        for name in ("bind", "connect", "connect4", "select", "sink", "source", "tcp4", "tcp6", "udp", "udp6")
    },
    "require('socket').dns.toip('h')": "luahost: socket.dns.toip is not offered to scripts",
    "require('socket.http').open('h')": "luahost: socket.http.open is not offered to scripts",
    **{
        f"require('socket').tcp():{name}()": "luahost: no raw sockets are offered to scripts, "
        f"so socket.tcp() has no {name}"
        for name in ("connect", "send", "receive", "bind", "listen", "accept", "shutdown")
    },
    "require('ssl.https').tcp({ ciphers = 'x' })": "luahost: ssl.https does not offer the parameter ciphers",
    "require('ssl.https').tcp({ cafile = 5 })": "luahost: ssl.https takes the parameter cafile as a string",
    "require('socket.http').request('ftp://h/')": "luahost: socket.http has no scheme 'ftp'",
    "require('socket.http').request({ url = 'http://h/', proxy = 'h' })": "luahost: a proxy is given as",
    "require('socket.http').request({ url = 'http://h/', headers = { a = {} } })": "attempt to concatenate",
    "require('socket.url').escape(nil)": "bad argument #1 to 'escape' (string expected, got nil)",
    "require('socket').sleep('x')": "bad argument #1 to 'sleep' (number expected, got string)",
    "require('mime').wrp()": "bad argument #1 to 'wrp' (number expected, got nil)",
}
"""Beginnings of error messages, by what a script does."""


@pytest.mark.parametrize(("does", "says"), NOT_OFFERED.items())
def test_errors_name_what_is_missing_and_the_scripts_line(does: str, says: str, tmp_path: Path) -> None:
    """
    A script that wants what is not there is told what, where it stands.
    """
    script = Script(tmp_path, f"local x\nx = {does}\nreturn x")

    with pytest.raises(ScriptError) as raised:
        script.call()
    # Lua shortens a long path at its beginning.
    assert f"push.lua:3: {says}" in raised.value.message


@pytest.mark.parametrize(
    "created",
    ["{ settimeout = function() end }", "{ settimeout = function() end, gettimeout = function() end }"],
)
def test_a_socket_that_is_none_of_ours_is_refused(created: str, tmp_path: Path, endpoint: Endpoint) -> None:
    """
    A create that brings a socket of its own is not silently passed over.
    """
    script = Script(
        tmp_path,
        f"return require('socket.http').request({{ url = '{endpoint.base}/ok',"
        f" create = function() return {created} end }})",
    )

    with pytest.raises(ScriptError, match="create has to return a socket made by"):
        script.call()
    assert endpoint.requests == []


@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_a_poisoned_string_library_does_not_reach_in(lua: str, tmp_path: Path, endpoint: Endpoint) -> None:
    """
    What a script does to its string library is the script's own affair.
    """
    script = Script(
        tmp_path,
        "for name in pairs(string) do string[name] = function() error('poisoned') end end "
        f"return (require('socket.http').request('{endpoint.base}/302'))",
        lua=lua,
    )

    assert script.call() == b"fine\n"

"""
Every door that a script has to the network, with URLs that try to be something else, under a server's policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luahost import Host, Session
from luahost.effects import Http, Print
from luahost.egress_policy import SERVER
from luahost.events import MessageNew
from tests.api.scripted_endpoint import OK, ScriptedEndpoint

SCRIPT = """
local http, https = require("socket.http"), require("ssl.https")
local client

local function ask(url)
  return client:request({ url = url, method = "GET" }):submit():status()
end

function script_init()
  client = dovecot.http.client({ max_redirects = 3 })
  return 0
end

function dovecot_lua_notify_begin_txn() end
function dovecot_lua_notify_end_txn() end

function dovecot_lua_notify_event_message_new(_, event)
  print(pcall(http.request, event.subject))
  print(pcall(https.request, event.subject))
  print(pcall(ask, event.subject))
end
"""

EVERY_PORT = replace(SERVER, ports=None)

PIECES = (
    *(
        "push.example.org",
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::]",
    ),
    *(
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0",
        "0.0.0.0",
        "\uff11\uff12\uff17.0.0.1",
        "\u2460\u2461\u2466.0.0.1",
    ),
    *(
        "@",
        "#",
        "?",
        "/",
        "\\",
        ":",
        ".",
        "%00",
        "%2f",
        "%40",
        "%2e",
        "\r\n",
        "\n",
        "\t",
        " ",
        "u:p@",
        ";",
        "//",
        "\0",
    ),
    *("\u3002", "\xad", "127\u30020\u30020\u30021"),
)


@pytest.fixture(scope="module")
def canary() -> Iterator[ScriptedEndpoint]:
    """
    An endpoint on this machine that nothing may reach.
    """
    with ScriptedEndpoint(OK) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """
    A session under the policy, where each name is one of this machine.
    """
    script: Path = tmp_path_factory.mktemp("doors") / "push.lua"
    script.write_text(SCRIPT)

    def here(host: str, port: int | None) -> Sequence[str]:
        return ["127.0.0.1"]

    with Host(str(script), dialect="2.3", http=EVERY_PORT, resolver=here).session("bob") as opened:
        yield opened


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scheme=st.sampled_from(["http://", "HTTP://", "http:/", "//", "https://", ""]),
    before=st.lists(st.sampled_from(PIECES), max_size=3),
    after=st.lists(st.sampled_from(PIECES), max_size=3),
)
def test_no_url_reaches_this_machine(
    session: Session, canary: ScriptedEndpoint, scheme: str, before: list[str], after: list[str]
) -> None:
    """
    Whatever a script writes into a URL, neither LuaSocket nor LuaSec nor Dovecot's client talks to a server
    on this machine, and what was tried is told of.
    """
    port = canary.place.rpartition(":")[2]
    url = f"{scheme}{''.join(before)}127.0.0.1:{port}{''.join(after)}"
    session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1, subject=url))

    assert canary.heads == []
    assert all(effect.status is None for effect in session.effects.of(Http))


def test_the_canary_can_be_heard(tmp_path: Path) -> None:
    """
    The test above sees something: without the policy all three doors lead there, one with a TLS handshake.
    """
    script = tmp_path / "push.lua"
    script.write_text(SCRIPT)
    with ScriptedEndpoint(OK) as endpoint, Host(str(script), dialect="2.3").session("bob") as session:
        session.notify(MessageNew(mailbox="INBOX", uid=1, uid_validity=1, subject=f"{endpoint.url}/"))

    assert len(endpoint.heads) == 3
    assert [effect.status for effect in session.effects.of(Http)] == [200, None, 200]
    assert [effect.text[:4] for effect in session.effects.of(Print)] == ["true"] * 3

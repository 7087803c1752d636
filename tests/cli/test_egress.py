"""
``luahost run --http`` and ``--allow``: where a run's requests may go.
"""

from __future__ import annotations

import pytest

from tests.cli.command_line import HELLO, effects, luahost
from tests.demo import RememberingServer

RUN = ("run", "scripts/notify_simple.lua", HELLO)


def test_a_server_would_not_let_a_script_reach_this_machine(receiver: RememberingServer, url: str) -> None:
    """
    --http server sends nothing to loopback addresses, and the timeline says why.
    """
    done = luahost(*RUN, "--http", "server", "--set", f"push_lua_url={url}")

    assert done.returncode == 0
    assert (
        f"POST {url} → connection refused (127.0.0.1 is an address, not a host name)" in done.stdout.decode()
    )
    assert receiver.received == []


@pytest.mark.parametrize("policy", ["server", "live"])
def test_a_host_that_is_allowed(receiver: RememberingServer, url: str, policy: str) -> None:
    """
    --allow names whom requests may be for, under either policy.
    """
    place = f"127.0.0.1:{receiver.server_port}"
    done = luahost(*RUN, "--http", policy, "--allow", place, "--set", f"push_lua_url={url}", "--json")

    [http] = [effect for effect in effects(done) if effect["effect"] == "http"]
    assert (http["status"], http["denied"]) == (200, False)
    assert "refusal" not in http


def test_all_other_hosts_are_refused(receiver: RememberingServer, url: str) -> None:
    """
    With --allow nobody else hears of anything.
    """
    done = luahost(*RUN, "--allow", "push.example.org", "--set", f"push_lua_url={url}", "--json")

    [http] = [effect for effect in effects(done) if effect["effect"] == "http"]
    assert (http["denied"], http["refusal"]) == (True, "the host 127.0.0.1 is not allowed")
    assert receiver.received == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--allow", "http://a/"), "luahost: no host 'http://a/'; there are push.example.org, "),
        (("--allow", "a", "--http", "deny"), "luahost: --allow goes with --http live or server; "),
    ],
)
def test_mistakes(options: tuple[str, ...], words: str) -> None:
    """
    What is no host, or allows nobody, is told of before anything runs.
    """
    done = luahost(*RUN, *options)

    assert done.returncode == 2
    assert done.stderr.decode().startswith(words)
    assert done.stdout == b""

"""
The scripts of a configuration.
"""

from __future__ import annotations

import os

import pytest

from luahost.config import Settings
from luahost.doctor import Check, Who
from luahost.doctor.scripts import script_checks
from tests.conftest import WriteScript

GOOD = """
function dovecot_lua_notify_begin_txn(user) return user:plugin_getenv("push_url") end
function dovecot_lua_notify_event_message_new(ctx, event) end
function dovecot_lua_notify_end_txn(ctx, success) end
"""


def checks(file: str, who: Who | None = None, **plugin: str) -> list[Check]:
    """
    What is said of a script with these settings.
    """
    settings = Settings(
        file="luahost.yaml",
        syntax="luahost.yaml",
        service="lmtp",
        dialect="documented",
        variables="percent",
        plugin=plugin,
    )
    return list(script_checks(file, settings, who or Who.myself()))


def test_a_good_script(script: WriteScript) -> None:
    """
    It can be read, the checker finds nothing, and it loads in a process of its own.
    """
    found = checks(script(GOOD), push_url="http://127.0.0.1/")

    assert [check.state for check in found] == ["ok", "ok"]
    assert "loads" in found[1].detail


def test_a_setting_that_is_missing(script: WriteScript) -> None:
    """
    A setting that it asks for and that is not there is a warning with its name.
    """
    [*_, last] = checks(script(GOOD))

    assert (last.state, last.detail) == ("warn", "it asks for settings that are not set: push_url")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "function script_init() return 1 end", "Script init failed"),
        (GOOD + "error('boom')", "boom"),
        (GOOD + "end", "<eof> expected near 'end'"),
    ],
)
def test_a_script_that_does_not_start(script: WriteScript, text: str, words: str) -> None:
    """
    What does not load, or whose ``script_init`` fails, is broken, and Lua's words say why.
    """
    broken = [check for check in checks(script(text)) if check.state == "fail"]

    assert any(words in check.detail for check in broken)


def test_what_the_checker_finds(script: WriteScript) -> None:
    """
    An error that ``luahost check`` finds is told with its line.
    """
    found = checks(script(GOOD.replace("end\n", 'user.username = nil; error("no") end\n', 1)), push_url="x")

    assert any(check.state == "fail" and check.detail.startswith("line 2: ") for check in found)


def test_nothing_is_sent(script: WriteScript) -> None:
    """
    A script that sends something while it loads is loaded without that, and the request is named.
    """
    text = 'assert(require("socket.http").request("http://127.0.0.1:9/start"))\n' + GOOD
    found = checks(script(text), push_url="x")

    assert any("http://127.0.0.1:9/start, which was not sent" in check.detail for check in found)


def test_a_script_that_the_server_may_not_read(script: WriteScript, stranger: Who) -> None:
    """
    It is broken, whoever asks.
    """
    file = script(GOOD)
    os.chmod(file, 0o600)

    [found] = checks(file, stranger)

    assert found.state == "fail"
    assert "stranger may not" in found.detail

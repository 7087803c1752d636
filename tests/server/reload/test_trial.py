"""
What a trial finds, and what it leaves alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luahost.config import read_configuration
from luahost.server.reload import KeptFiles, Outcome, Reached, tried
from tests.conftest import WriteScript

FRAME = """
local http = require("socket.http")
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event) {handler} end
function dovecot_lua_notify_end_txn(ctx, success) {end_txn} end
{more}
"""

Try = Callable[..., Outcome]


@pytest.fixture
def attempt(tmp_path: Path, script: WriteScript) -> Try:
    """
    Tries a script with this text, or the frame with these parts.
    """

    def found(text: str | None = None, file: str | None = None, **parts: str) -> Outcome:
        text = text or FRAME.format(**{"handler": "", "end_txn": "", "more": "", **parts})
        document: dict[str, Any] = {
            "plugin": {"push_url": "http://push.example.org/new"},
            "drivers": [{"driver": "lua", "file": file or script(text)}],
            "serve": {"spool": "spool.db"},
        }
        written = tmp_path / "luahost.yaml"
        written.write_text(json.dumps(document))
        configuration = read_configuration(str(written))
        assert configuration.serve is not None
        return tried(configuration, configuration.serve, KeptFiles())

    return found


REQUEST = 'http.request(user:plugin_getenv("push_url"), "new")'


def test_a_script_that_runs(attempt: Try) -> None:
    """
    It may send requests, which go nowhere and are answered 200.
    """
    outcome = attempt(handler=f"local _, status = {REQUEST}\nassert(status == 200)")

    assert outcome == Outcome(reached=Reached.FINE)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"text": "function ("}, "push.lua:1: <name> expected near '('"),
        ({"text": "error('broken')"}, "push.lua:1: broken"),
        ({"more": "function script_init() return -1 end"}, "Script init failed"),
        ({"more": "function script_init() error('no key') end"}, "no key"),
        ({"more": "require('absent')"}, "module 'absent' not found: no field package.preload['absent']"),
    ],
)
def test_a_script_that_does_not_start(attempt: Try, parts: dict[str, str], words: str) -> None:
    """
    Nobody's transactions can run with it; what is said names file and line.
    """
    outcome = attempt(**parts)

    assert (outcome.reached, outcome.broken) == (Reached.NOT_STARTED, True)
    assert words in (outcome.words or "")
    assert "\n" not in (outcome.words or "")
    assert outcome.worse_than(outcome)


def test_an_error_in_a_function(attempt: Try) -> None:
    """
    It may be the trial's fault: it is worse than nothing, and no worse than the same.
    """
    outcome = attempt(handler="\n\nlocal x = nil + 1")

    assert (outcome.reached, outcome.broken) == (Reached.FAILED, False)
    assert "push.lua:6: " in (outcome.words or "")
    assert outcome.worse_than(Outcome(reached=Reached.FINE))
    assert not outcome.worse_than(outcome)


def test_what_would_kill_dovecot(attempt: Try) -> None:
    """
    A user kept in a global counts as an error.
    """
    outcome = attempt(handler="kept = user")

    assert outcome.reached is Reached.FAILED


def test_a_start_that_needs_an_answer(attempt: Try) -> None:
    """
    A ``script_init`` that fails after a request may succeed with a real answer.
    """
    outcome = attempt(
        more='function script_init() return #http.request("http://push.example.org/key") == 0 and -1 end'
    )

    assert (outcome.reached, outcome.sure, outcome.broken) == (Reached.NOT_STARTED, False, False)


def test_a_script_of_each_user(attempt: Try) -> None:
    """
    The made-up user may have none.
    """
    outcome = attempt(file="/nowhere/%u.lua")

    assert (outcome.reached, outcome.broken) == (Reached.NOT_STARTED, False)
    assert "/nowhere/trial@luahost.invalid.lua" in (outcome.words or "")

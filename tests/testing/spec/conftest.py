"""
What tests of specs have: a script and a spec beside it, run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from luahost.testing import Outcome, RunOptions
from luahost.testing.spec import load

LISTENER = Path(__file__).parent.parent / "listener.lua"

NOTIFY = """
local http = require "socket.http"

function shout(text)
  return text:upper() .. "!"
end

function dovecot_lua_notify_begin_txn(user)
  return { user = user, url = user.plugin_getenv and user:plugin_getenv("url") }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  if event.subject == "fail" then
    local nothing
    return nothing.at_all
  end
  if ctx.url then
    http.request(ctx.url, "subject=" .. event.subject)
  end
  dovecot.i_info(shout(event.subject))
end

function dovecot_lua_notify_end_txn(ctx, success) end
"""
"""A script that asks an endpoint and logs."""

SETTING = "-- luahost: set url=http://push.example/new\n"
"""Where the script of a spec asks."""


def it(body: str, head: str = "") -> str:
    """
    A spec of one test.
    """
    return f'{head}it("works", function()\n{body}\nend)\n'


class RunSpec(Protocol):
    """
    What ``run_spec`` is.
    """

    def __call__(self, source: str, *, script: str | None = None, **options: Any) -> Sequence[Outcome]:
        """
        The outcomes of the tests of a spec of a script; without one of a script that logs what it hears.
        """


@pytest.fixture
def run_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSpec:
    """
    Runs ``push_spec.lua`` beside ``push.lua``.
    """
    # Paths in messages are short from here.
    monkeypatch.chdir(tmp_path)

    def run(source: str, *, script: str | None = None, **options: Any) -> Sequence[Outcome]:
        text = LISTENER.read_text("utf-8") if script is None else script
        (tmp_path / "push.lua").write_text(text, "utf-8")
        (tmp_path / "push_spec.lua").write_text(source, "utf-8")
        return [case.run() for case in load("push_spec.lua", RunOptions(**options))]

    return run


def report(outcome: Outcome) -> str:
    """
    What is wrong with it, for a test that shows it.
    """
    return f"{outcome.result}\n{outcome.report}"

"""
What tests of scenario files have: a folder with a script, and a way to run what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from luahost.testing import Outcome, RunOptions
from luahost.testing.scenario import load

SCRIPT = """\
local http = require "socket.http"

function dovecot_lua_notify_begin_txn(user)
  return {user = user, url = user:plugin_getenv("url")}
end

function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_info("new: " .. event.subject)
  if event.subject == "break" then error("broken") end
  ctx.subject = event.subject
end

function dovecot_lua_notify_event_message_read(ctx, event)
  ctx.user:metadata_set("/private/vendor/read", tostring(event.uid))
end

function dovecot_lua_notify_event_message_expunge(ctx, event)
  ctx.user:mailbox(event.mailbox):sync()
end

function dovecot_lua_notify_end_txn(ctx)
  if ctx.subject and ctx.url then
    http.request(ctx.url, "subject=" .. ctx.subject)
  end
end
"""

RunScenarios = Callable[..., Sequence[Outcome]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    A folder with ``push.lua`` in it.
    """
    (tmp_path / "push.lua").write_text(SCRIPT, "utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path) -> RunScenarios:
    """
    ``run(text)`` writes ``push.luatest.yaml`` and gives the outcomes of its cases.
    """

    def run_text(text: str, options: RunOptions | None = None) -> list[Outcome]:
        file = folder / "push.luatest.yaml"
        file.write_text(text, "utf-8")
        return [case.run() for case in load(str(file), options)]

    return run_text


def report(outcome: Outcome) -> str:
    """
    An outcome's report without the folder that its files are in.
    """
    return outcome.report.replace(f"{Path(outcome.file).parent}/", "")

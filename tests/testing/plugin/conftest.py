"""
Runs of pytest within a test, with the plugin as a user has it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import luahost

# A run within a test forgets the modules that it was the first to import, and C modules take that ill.
import luahost.testing.coverage.options
import luahost.testing.plugin.files
import luahost.testing.push
import luahost.testing.scenario.case
import luahost.testing.spec.case

RunPytest = Callable[..., pytest.RunResult]

INSTALLED = any(point.name == "luahost" for point in entry_points(group="pytest11"))

PLUGIN = [] if INSTALLED else ["-p", "luahost.testing.plugin"]
"""What makes pytest load the plugin where luahost was installed before it had one."""

SCRIPT = """\
local http = require("socket.http")

function dovecot_lua_notify_begin_txn(user)
  return { url = user.plugin_getenv and user:plugin_getenv("push_lua_url") }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  if event.subject == "fail" then
    error("no such luck")
  end
  dovecot.i_info("new: " .. tostring(event.subject))
  if ctx.url then
    http.request(ctx.url, event.subject)
  end
end

function dovecot_lua_notify_end_txn()
end
"""


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunPytest:
    """
    ``run_pytest(test, *arguments)`` runs a file ``test_push.py`` beside a script ``push.lua``, in this
    process unless told otherwise.
    """

    def run(test: str, *arguments: str, script: str | None = SCRIPT, inline: bool = True) -> pytest.RunResult:
        if script is not None:
            pytester.path.joinpath("push.lua").write_text(script)
        pytester.makepyfile(test_push=test)
        arguments = (*PLUGIN, "-p", "no:hypothesispytest", "-p", "no:anyio", *arguments)
        if not inline:
            # The process finds the luahost that is under test.
            monkeypatch.setenv("PYTHONPATH", str(Path(luahost.__file__).parent.parent))
        how = pytester.runpytest_inprocess if inline else pytester.runpytest_subprocess
        return how(*arguments)

    return run

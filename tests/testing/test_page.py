"""
What docs/testing.md shows works.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from luahost.testing.plugin.marker import CHOICES, SESSION
from tests.testing.plugin.conftest import PLUGIN

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
TEXT = PAGE.read_text("utf-8")

SCRIPT = """\
local url = require("socket.url")
local client, ep

function script_init(settings)
  client = dovecot.http.client(settings and { request_timeout = "5s" } or { request_timeout_msecs = 5000 })
  ep = settings and settings.push_lua_url
  return 0
end

function dovecot_lua_notify_begin_txn(user)
  return { url = ep or user:plugin_getenv("push_lua_url"), messages = {} }
end

function dovecot_lua_notify_event_message_new(ctx, event)
  table.insert(ctx.messages, event)
end

-- What stands here is not in the page.

function dovecot_lua_notify_end_txn(ctx)
  if not ctx.url then
    error("push_lua_url is not set", 0)
  end
  for _, message in ipairs(ctx.messages) do
    local request = client:request({ url = ctx.url, method = "POST" })
    request:set_payload("subject=" .. url.escape(message.subject))
    request:submit()
  end
end
"""


def test_every_example_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The files of the page, beside a script that is as they say, pass, and the program in it goes through.
    """
    found = re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)
    assert len(found) == len(re.findall(r"```(?:python|yaml)\n", TEXT)) == 7
    pytester.path.joinpath("push.lua").write_text(SCRIPT)
    for name, content in found:
        pytester.path.joinpath(name).write_text(content, "utf-8")

    result = pytester.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(passed=1 + 6 + 2 + 5 + 1)

    program = pytester.path / "by_hand.py"
    exec(compile(program.read_text(), program, "exec"), {})


def test_the_page_has_every_word_of_the_marker() -> None:
    """
    Whatever a marker can say stands in the page.
    """
    part = TEXT.partition("### The marker")[2].partition("### Options")[0]

    assert [word for word in (*CHOICES, *SESSION) if not re.search(rf"\b{word}\b", part)] == []


def test_every_link_leads_somewhere() -> None:
    """
    Files that the page names are there.
    """
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]

    assert [link for link in links if link and not (PAGE.parent / link).exists()] == []


def test_the_readme_shows_the_same() -> None:
    """
    The README's first scenario is the page's.
    """
    scenario = re.findall(r"```yaml\n# push\.luatest\.yaml\n(.*?)```", TEXT, re.DOTALL)[0]

    assert scenario in (PAGE.parents[1] / "README.md").read_text("utf-8")

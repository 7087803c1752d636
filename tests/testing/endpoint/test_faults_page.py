"""
The page about the double says what the doors say, and its examples run.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.testing.endpoint.faults_page import PAGE, page

SCRIPT = """
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  local url = user:plugin_getenv("push_lua_url") or "https://push.example/v1/new"
  local send = url:match("^https") and require("ssl.https") or require("socket.http")
  send.request(url, "subject=" .. event.subject)
end
function dovecot_lua_notify_end_txn() end
"""


def test_the_table_of_faults_is_made_by_asking() -> None:
    """
    ``docs/testing-endpoint.md`` is what ``make docs`` writes.
    """
    text = PAGE.read_text("utf-8")

    assert text == page(text), "run: make docs"


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The page's Python does what it says: the double first, then the same routes behind a server.
    """
    (tmp_path / "push.lua").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    double, server = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    message = "session.notify(MessageNew(mailbox='INBOX', uid=2, uid_validity=7, subject='Ho'))"
    names: dict[str, object] = {}

    exec(double, names)
    exec(server.replace("...", message), names)

    endpoint = names["endpoint"]
    assert [request.form["subject"] for request in endpoint.requests] == ["Hi", "Ho"]  # type: ignore[attr-defined]
    assert endpoint.problems == []  # type: ignore[attr-defined]

"""
Scripts with ``dovecot.http.client`` in each dialect: the two that ship, and one as the newer manual shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost import DIALECTS, LUA_VERSIONS, Host
from luahost.effects import Effects, Log, NamedEvent
from luahost.events import MessageNew
from tests.api.web import Web

SCRIPTS = Path(__file__).parent.parent.parent / "scripts"

MESSAGE = MessageNew(
    mailbox="INBOX",
    uid=1,
    uid_validity=1,
    from_="Bob <bob@example.org>",
    to="",
    subject="Hi & bye",
    snippet="x",
)

FORM = "mailbox=INBOX&from=Bob%20%3Cbob%40example.org%3E&subject=Hi%20%26%20bye&snippet=x&user=alice"

MANUAL = """
local client
function script_init() client = dovecot.http.client({ timeout = 10000, debug = true }) end
function dovecot_lua_notify_begin_txn(user) return { ep = user:plugin_getenv("push_lua_url") } end
function dovecot_lua_notify_event_message_new(ctx, event)
  local request = client:request({ url = ctx.ep, method = "POST" })
  request:set_payload("subject=" .. event.subject)
  dovecot.i_info("answered " .. request:submit():status())
end
function dovecot_lua_notify_end_txn() end
"""
"""In the shape of the newer manual: a setting called ``timeout``, no result, and ``plugin_getenv``."""


@pytest.fixture
def web() -> Iterator[Web]:
    """
    A web service.
    """
    with Web() as serving:
        yield serving


def run(script: Path, dialect: str, settings: dict[str, str], lua: str = "5.4") -> Effects:
    """
    What a new message brings about.
    """
    host = Host(str(script), dialect=dialect, lua=lua, trusted=True, settings=settings)
    with host.session("alice") as session:
        session.notify(MESSAGE)
    return session.effects


def log(effects: Effects) -> list[str]:
    """
    The log without tracebacks.
    """
    return [line.text.partition("\n")[0] for line in effects.of(Log)]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("lua", LUA_VERSIONS)
def test_notify_http_posts_each_message(dialect: str, lua: str, web: Web) -> None:
    """
    The script runs in every dialect and Lua, and posts the message.
    """
    effects = run(SCRIPTS / "notify_http.lua", dialect, {"push_lua_url": f"http://{web.place}/204"}, lua)

    assert [(seen["method"], seen["body"]) for seen in web.seen] == [("POST", FORM)]
    assert log(effects) == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("http://{place}/status/500", "notify_http: 500 Internal Server Error"),
        ("http://{place}/redirect/302", "notify_http: 9004 Redirect refused"),
        ("http://127.0.0.1:1/", "notify_http: 9003 connect(127.0.0.1:1) failed: Connection refused"),
        (None, "notify_http: push_lua_url is not set"),
    ],
)
def test_notify_http_logs_what_fails(dialect: str, path: str | None, line: str, web: Web) -> None:
    """
    A service that refuses, sends elsewhere or is not there is one error line, and so is a missing URL.
    """
    settings = {} if path is None else {"push_lua_url": path.format(place=web.place)}

    assert log(run(SCRIPTS / "notify_http.lua", dialect, settings)) == [line]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_notify_http_tries_twice(dialect: str, web: Web) -> None:
    """
    A lost connection is tried again, once: both dialects' settings say two attempts.
    """
    (line,) = log(run(SCRIPTS / "notify_http.lua", dialect, {"push_lua_url": f"http://{web.place}/close"}))

    assert line.startswith("notify_http: 9005 Connection lost: ")
    assert "1 times retried, 2 send attempts" in line
    assert len(web.seen) == 2


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("path", "code", "error", "line"),
    [
        ("/ok", 200, None, "lua: status of INBOX sent"),
        ("/status/404", 404, "Not Found", "lua: status of INBOX not sent: 404 Not Found"),
    ],
)
def test_notify_http_events(
    dialect: str, path: str, code: int, error: str | None, line: str, web: Web
) -> None:
    """
    The status is posted, and the event has the answer's code, and its reason if it is a bad one.
    """
    effects = run(SCRIPTS / "notify_http_events.lua", dialect, {"push_lua_url": f"http://{web.place}{path}"})

    assert [seen["body"] for seen in web.seen] == ["mailbox=INBOX&messages=1&unseen=1"]
    (event,) = effects.of(NamedEvent)
    assert event.fields == {"mailbox": "INBOX", "status_code": code} | ({"error": error} if error else {})
    assert log(effects) == [line]


@pytest.mark.parametrize(
    ("dialect", "line"),
    [
        ("documented", "answered 200"),
        ("2.3", "lua: script_init() returned non-number"),
        (
            "2.4",
            "lua: lua_pcall(script_init, 1, 0) failed: "
            "Invalid HTTP client setting: timeout is unknown setting",
        ),
    ],
)
def test_the_manuals_form(dialect: str, line: str, web: Web, tmp_path: Path) -> None:
    """
    As the newer manual writes it, a script is switched off by 2.3 for having no result, and by 2.4 for its
    setting.
    """
    settings = {"push_lua_url": f"http://{web.place}/ok"}
    script = tmp_path / "manual.lua"
    script.write_text(MANUAL)

    assert log(run(script, dialect, settings)) == [line]

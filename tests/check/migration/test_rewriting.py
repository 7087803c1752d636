"""
Scripts that are rewritten: for both versions, and where a rule knows what is right.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.check import Options, check_file, check_text
from luahost.check.finding import Edit
from luahost.check.migration.edits import applied, difference
from luahost.check.migration.report import breaks
from luahost.check.migration.rewriting import rewritten
from luahost.check.rule import EXAMPLES
from luahost.effects import Http
from luahost.events import MessageNew
from luahost.host import Host
from luahost.testing import Endpoint
from tests.check.test_shapes import BREAKS_ON_24, HERE, SCRIPTS, SHAPES
from tests.conftest import WriteScript

BOTH = Options(dialects=("2.3", "2.4"))


def moved(path: Path) -> str:
    """
    A script that has been moved to 2.4.
    """
    return rewritten(check_file(path, BOTH), BOTH, to="2.4").after.decode()


@pytest.mark.parametrize("name", [name for name in SHAPES if "busy" not in name and "kept" not in name])
def test_moved(name: str) -> None:
    """
    After the move nothing ends the pushes on 2.4 that does not end them on 2.3, and a second one changes
    nothing.
    """
    text = moved((HERE if name.startswith("shapes/") else SCRIPTS) / name).encode()
    report = check_text("push.lua", text, BOTH)
    rules = {one.rule for one in report.findings if one.severity == "error"}

    assert not rules & {*BREAKS_ON_24, "script-init-result"}
    assert rewritten(report, BOTH, to="2.4").after == text


def sent(path: str, dialect: str) -> list[bytes]:
    """
    The bodies that a script sends of two messages.
    """
    endpoint = Endpoint()
    endpoint.route("*", "http://push.example/hook")
    host = Host(
        path, dialect=dialect, settings={"push_lua_url": "http://push.example/hook"}, network=endpoint
    )
    with host.session("bob") as session:
        session.notify(
            MessageNew(mailbox="INBOX", uid=1, uid_validity=1, subject="Hi", from_="a@example.org"),
            MessageNew(mailbox="Archive", uid=2, uid_validity=1),
        )
        assert not session.effects.failed
        return sorted(http.body for http in session.effects.of(Http))


@pytest.mark.parametrize(
    "path", [SCRIPTS / "notify_simple.lua", SCRIPTS / "notify_events.lua", HERE / "shapes/form_client.lua"]
)
def test_moved_script_sends_the_same(script: WriteScript, path: Path) -> None:
    """
    A script that has been moved sends on both what it sent on 2.3.
    """
    before = sent(str(path), "2.3")
    after = script(moved(path))

    assert before
    assert sent(after, "2.3") == before
    assert sent(after, "2.4") == before


def test_clients() -> None:
    """
    A client's settings are said in the names and units of each version; what neither knows is left out.
    """
    text = """
local options = { request_timeout_msecs = 1500, max_attempts = 2, no_auto_retry = true, debug = true,
  user_agent = "push" }
function script_init() client = dovecot.http.client(options) return 0 end
"""
    made = rewritten(check_text("push.lua", text.encode(), BOTH), BOTH, to="2.4").after.decode()

    assert (
        "local options = is_dovecot_24 and "
        '{ request_timeout = "1500ms", request_max_attempts = 2, auto_retry = "no", user_agent = "push" } or '
        '{ request_timeout_msecs = 1500, max_attempts = 2, no_auto_retry = true, user_agent = "push" }\n'
    ) in made


def test_settings_that_are_not_plain_are_left() -> None:
    """
    A client whose settings cannot be told stays as it is.
    """
    text = "function script_init(s) c = dovecot.http.client({ timeout = tonumber(s.t) }) return 0 end\n"
    report = check_text("push.lua", text.encode(), BOTH)

    assert rewritten(report, BOTH, to="2.4").after == text.encode()


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        (
            "",
            "function script_init(settings)\n  push_settings = settings or push_settings\n  return 0\nend\n",
        ),
        (
            "function script_init()\n  local x = 1\n  return 0\nend\n",
            "function script_init(settings)\n  push_settings = settings or push_settings\n  local x = 1\n",
        ),
        (
            "function script_init(s) return 0 end\n",
            "function script_init(s) push_settings = s or push_settings",
        ),
        ("function script_init() end\n", "function script_init(settings)\n  push_settings = settings"),
    ],
)
def test_script_init(init: str, expected: str) -> None:
    """
    ``script_init`` keeps the settings, whatever it looked like, or is made.
    """
    text = init + "function dovecot_lua_notify_begin_txn(u) return u:plugin_getenv('a') end\n"
    report = check_text("push.lua", text.encode(), BOTH)
    after = rewritten(report, BOTH, to="2.4").after

    assert expected in after.decode()
    assert "return push_setting(u, 'a')" in after.decode()
    assert check_text("push.lua", after, BOTH).source.problem is None


MENDED = [
    "status-division",
    "content-type",
    "float-number",
    "keywords-name",
    "dot-call",
    "script-init-result",
    "var-expand",
]
"""Rules that know what is right."""


@pytest.mark.parametrize("rule", MENDED)
def test_mended(rule: str) -> None:
    """
    A rule that knows what is right mends its bad example.
    """
    report = check_file(Path(EXAMPLES, f"{rule}.bad.lua"), BOTH)
    made = rewritten(report, BOTH)

    assert rule in {one.rule for one in report.findings}
    assert rule not in {one.rule for one in made.report.findings}


@pytest.mark.parametrize(("start", "end"), [('"', '"'), ("'", "'"), ("[[", "]]"), ("[==[", "]==]")])
def test_mended_in_any_quotes(start: str, end: str) -> None:
    """
    A string is mended between its quotes, whatever these are.
    """
    text = f"function mail_user_created(u) return u:var_expand({start}%u/x{end}) end\n"
    made = rewritten(check_text("push.lua", text.encode(), BOTH), BOTH)

    assert made.after.decode() == text.replace("%u", "%{user}")


def test_edits() -> None:
    """
    Changes are made in order; of those that overlap one counts.
    """
    edits = [Edit(6, 9, "C"), Edit(0, 3, "A"), Edit(2, 5, "no"), Edit(4, 4, "+"), Edit(0, 3, "A")]

    assert applied(b"abcdefghi", edits) == b"Ad+efC"
    assert difference("x.lua", b"a\nb\n", b"a\nc\n") == "--- x.lua\n+++ x.lua\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("local c = dovecot.http.client{timeout = 1000}", "dovecot.http.client(is_dovecot_24 and {"),
        ("local c = x and dovecot.http.client {timeout = 1000}", "dovecot.http.client (is_dovecot_24 and {"),
        (
            "local o = x and {timeout = 1000} local c = dovecot.http.client(o)",
            "o = x and (is_dovecot_24 and {",
        ),
        ("local c = dovecot.http.client({timeout = 1000})", "dovecot.http.client(is_dovecot_24 and {"),
    ],
)
def test_client_without_parentheses(before: str, after: str) -> None:
    """
    A table is called with, and stands beside operators, in parentheses: two are chosen from in its place.
    """
    text = f"local x = true\n{before}\nfunction dovecot_lua_notify_begin_txn(user) return {{c}} end\n"
    options = Options(dialects=("2.3", "2.4"))
    made = rewritten(check_text("push.lua", text.encode(), options), options, to="2.4").after.decode()

    assert after in made


def test_line_ends() -> None:
    """
    What is put into a script has the script's line ends.
    """
    text = b"local c = dovecot.http.client({timeout = 1000})\r\nlocal x\r\n"
    options = Options(dialects=("2.3", "2.4"))
    made = rewritten(check_text("push.lua", text, options), options, to="2.4").after

    assert b"is_dovecot_24" in made
    assert made.count(b"\n") == made.count(b"\r\n")


def test_nothing_is_said_of_what_does_not_load() -> None:
    """
    Of a script that Lua does not load nobody hears that nothing breaks.
    """
    report = check_text("push.lua", b"break", Options(dialects=("2.3", "2.4")))

    assert [one.rule for one in breaks(report, "2.4")] == ["syntax-error"]

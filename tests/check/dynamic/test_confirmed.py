"""
Findings that a run confirms, and those that only a run shows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.check import Finding, Options, check_file
from luahost.check.rule import EXAMPLES
from tests.check.injected import ONE_SERVER
from tests.check.test_shapes import HERE, HONEST, SCRIPTS
from tests.conftest import WriteScript

BASE = """\
function dovecot_lua_notify_begin_txn(user) return { user = user } end
function dovecot_lua_notify_end_txn(ctx) end
function dovecot_lua_notify_event_message_new(ctx, event)
  %s
end
"""


def run(path: str | Path, *dialects: str, **options: object) -> tuple[Finding, ...]:
    """
    What is found in a script that is run, too.
    """
    asked = Options(dialects=dialects or ("2.4",), run=True, **options)  # type: ignore[arg-type]
    return check_file(path, asked).findings


def seen(findings: tuple[Finding, ...]) -> dict[str, str]:
    """
    What was seen, by rule.
    """
    return {finding.rule: finding.seen for finding in findings if finding.evidence == "seen"}


@pytest.mark.parametrize(
    ("rule", "dialect", "words"),
    [
        ("plugin-getenv", "2.4", "when each of the twelve events happens: attempt to call a nil value"),
        ("no-timeout", "2.4", "when the endpoint never answers, mail is held for 60 s"),
        ("integer-field", "2.4", "when nothing listens at the endpoint: bad argument #2 to 'add_int'"),
        (
            "http-option",
            "2.4",
            "the twelve events happens: Invalid HTTP client setting: timeout",
        ),
        ("http-option-value", "2.3", "Invalid HTTP client setting: request_timeout_msecs"),
        ("script-init-result", "2.3", "script_init() returned non-number"),
        ("kept-object", "2.4", "a mail_user is still held by"),
        ("use-after-free", "2.4", "mailbox INBOX was used after free(); this kills the process"),
        ("object-comparison", "2.4", "mailboxes were compared by order"),
        ("request-reuse", "2.4", "after submit()"),
        ("passthrough-event", "2.4", "left a passthrough event"),
        ("unprotected-io", "2.4", "when a mailbox is deleted meanwhile: "),
        ("secret-in-log", "2.4", "luahost-secret-push-token"),
        ("unknown-constant", "2.4", "number expected, got nil"),
    ],
)
def test_seen(rule: str, dialect: str, words: str) -> None:
    """
    What a rule foresees happens when its bad example is run.
    """
    found = run(Path(EXAMPLES, f"{rule}.bad.lua"), dialect)

    assert words in seen(found)[rule]
    assert not any(name.startswith("seen-") for name in seen(found))


@pytest.mark.parametrize("name", HONEST)
def test_honest_scripts_run(name: str) -> None:
    """
    An honest script does nothing in the trials that is a finding.
    """
    assert run(HERE / "honest" / name, *ONE_SERVER.get(name, ("2.4",))[:1]) == ()


def test_own_scripts_run() -> None:
    """
    Nor do ours, on either server.
    """
    assert run(SCRIPTS / "notify_http_events.lua", "2.3", "2.4") == ()


@pytest.mark.parametrize(
    ("body", "rule", "line"),
    [
        ("local t = event.subject:upper()", "seen-error", 4),
        ("while true do end", "seen-limit", 4),
        ("os['ex' .. 'it']()", "seen-kill", 4),
        ("require('socket').sleep(40)", "seen-wait", 1),
    ],
)
def test_only_seen(script: WriteScript, body: str, rule: str, line: int) -> None:
    """
    What no rule foresaw is a finding of its own, where it happened.
    """
    found = [finding for finding in run(script(BASE % body)) if finding.rule.startswith("seen-")]

    assert [(finding.rule, finding.line, finding.evidence) for finding in found] == [(rule, line, "seen")]


def test_settings(script: WriteScript) -> None:
    """
    Settings are made up unless they are given.
    """
    path = script(
        "local n\nfunction script_init(s) n = s.rate end\n" + BASE % "dovecot.i_info(tostring(n + 1))"
    )

    assert "seen-error" in seen(run(path))
    assert run(path, settings={"rate": "5"}) == ()


def test_sandbox_is_not_dovecot(script: WriteScript) -> None:
    """
    That the sandbox has no commands is not taken for something seen.
    """
    found = run(script(BASE % "os.execute('true')"))

    assert [(finding.rule, finding.evidence) for finding in found] == [("files-and-commands", "suspected")]


def test_module_is_not_run(script: WriteScript) -> None:
    """
    A module has no functions that Dovecot calls, and nothing to try.
    """
    assert run(script("error('loaded')\nreturn {}\n")) == ()


def test_in_a_process_of_its_own() -> None:
    """
    A script that is isolated shows the same.
    """
    path = Path(EXAMPLES, "integer-field.bad.lua")

    assert run(path, isolate=True) == run(path)


def test_level(script: WriteScript) -> None:
    """
    What only a run finds has a level that can be changed, too.
    """
    path = script(BASE % "local t = event.subject:upper()")

    assert [one.severity for one in run(path, rules={"seen-error": "note"})] == ["note"]
    assert run(path, rules={"seen-error": "off"}) == ()


def test_error_in_a_module(script: WriteScript) -> None:
    """
    An error in a module of the script's own is told with the module's place.
    """
    script("return function(event) error('no ' .. event.name) end\n", "mine.lua")
    (finding,) = run(
        script("package.path = ''\nlocal mine = require('mine')\n" + BASE % "mine(event)"),
        rules={"missing-module": "off"},
    )

    assert (finding.rule, finding.line) == ("seen-error", 1)
    assert "mine.lua:1: no MessageNew" in finding.seen


def test_seen_is_what_the_finding_says(script: WriteScript) -> None:
    """
    An error about one thing in a line does not confirm what is said of another.
    """
    found = run(script(BASE % "dovecot.i_notice(event.from_adress)"))

    assert {finding.rule: finding.evidence for finding in found} == {
        "unknown-method": "seen",
        "unknown-field": "suspected",
    }

    found = run(script(BASE % "local n = bit32.band(event.flags, 8)"))

    assert {(finding.rule, finding.evidence) for finding in found} == {
        ("flags-bitmask", "suspected"),
        ("seen-error", "seen"),
    }


def test_settings_through_a_function(script: WriteScript) -> None:
    """
    The names of settings that a function of the script is called with are made up, too.
    """
    text = """\
local function setting(user, name) return user:plugin_getenv(name) end
function dovecot_lua_notify_begin_txn(user) return { url = setting(user, "push_url") } end
function dovecot_lua_notify_end_txn(ctx) end
function dovecot_lua_notify_event_message_new(ctx, event)
  dovecot.i_info(ctx.url:upper() .. event.mailbox)
end
"""
    assert run(script(text), "2.3") == ()

"""
``luahost run``: what it is given, and what then happens.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import HANDLER, HELLO, ROOT, effects, luahost
from tests.demo import RememberingServer


def test_the_documents_first_script_posts_a_message(receiver: RememberingServer, url: str) -> None:
    """
    A real message through the simple script of 2019 arrives at a real server, and all is well.
    """
    done = luahost("run", "scripts/notify_simple.lua", HELLO, "--set", f"push_lua_url={url}", "--json")

    [http] = [effect for effect in effects(done) if effect["effect"] == "http"]
    assert done.returncode == 0
    assert (http["method"], http["url"], http["status"], http["reason"]) == ("POST", url, 200, "OK")
    assert http["body"].startswith("from=")
    assert http["body"].endswith("&user=bob")
    assert receiver.received == [f"POST /handler HTTP/1.1, {len(http['body'])} bytes"]


def test_the_documents_second_script_posts_message_and_mailbox(url: str) -> None:
    """
    The script with events posts the message and then the state of its mailbox.
    """
    done = luahost("run", "scripts/notify_events.lua", HELLO, "--set", f"push_lua_url={url}", "--json")

    seen = effects(done)
    bodies = [effect["body"] for effect in seen if effect["effect"] == "http"]
    assert done.returncode == 0
    assert bodies[0].startswith("mailbox=INBOX&from=")
    assert bodies[1] == "mailbox=INBOX&recent=1&unseen=1&messages=1"
    assert [effect["text"] for effect in seen if effect["effect"] == "log"] == [
        "lua: Mail notify status 200",
        "lua: Mailbox notify status 200",
    ]


def test_calls_come_in_dovecots_order(url: str) -> None:
    """
    script_init, begin, the handler with its event, end.
    """
    done = luahost("run", "scripts/notify_events.lua", HELLO, "--set", f"push_lua_url={url}", "--json")

    calls = [effect for effect in effects(done) if effect["effect"] == "call"]
    assert [call["function"] for call in calls] == [
        "script_init",
        "dovecot_lua_notify_begin_txn",
        "dovecot_lua_notify_event_message_new",
        "dovecot_lua_notify_end_txn",
    ]
    assert calls[1]["user"] == "bob"
    assert calls[2]["event"]["name"] == "MessageNew"
    assert calls[2]["event"]["user"] == {"mail_user": "bob"}
    assert calls[3]["success"] is True


def test_without_input_a_sample_message_is_delivered() -> None:
    """
    A script alone is enough to see it run.
    """
    done = luahost("run", "scripts/notify_simple.lua", "--http", "deny", "--set", "push_lua_url=http://push/")

    assert done.returncode == 0
    assert b"dovecot_lua_notify_event_message_new" in done.stdout


def test_deny_sends_nothing(receiver: RememberingServer, url: str) -> None:
    """
    With --http deny the script hears that nobody listens, and nothing leaves.
    """
    done = luahost(
        "run", "scripts/notify_simple.lua", HELLO, "--set", f"push_lua_url={url}", "--http", "deny", "--json"
    )

    [http] = [effect for effect in effects(done) if effect["effect"] == "http"]
    assert http["denied"] is True
    assert [effect["text"] for effect in effects(done) if effect["effect"] == "log"] == [
        "lua-push: connection refused"
    ]
    assert receiver.received == []


def test_a_message_may_come_on_standard_input(script: Path) -> None:
    """
    ``-`` reads the message that is piped in.
    """
    script.write_text(HANDLER % "print(event.subject)")

    done = luahost("run", str(script), "-", "--json", stdin=b"Subject: piped\n\nHi\n")

    assert [effect["text"] for effect in effects(done) if effect["effect"] == "print"] == ["piped\n"]


def test_each_input_has_its_own_session_and_all_one_mailbox(script: Path) -> None:
    """
    Two messages are two deliveries: globals start anew, and UIDs go on.
    """
    script.write_text("n = 0\n" + HANDLER % "n = n + 1; print(n, event.uid)")

    done = luahost("run", str(script), HELLO, HELLO, "--json")

    prints = [effect for effect in effects(done) if effect["effect"] == "print"]
    assert [(effect["session"], effect["text"]) for effect in prints] == [(1, "1\t1\n"), (2, "1\t2\n")]


def test_one_failure_of_many_transactions(script: Path) -> None:
    """
    A script that failed in one transaction has failed, whatever followed in its session; all is shown.
    """
    script.write_text(HANDLER % "assert(event.uid > 1, 'the first')")
    event = {"name": "MessageNew", "mailbox": "INBOX", "uid_validity": 1}
    lines = [
        {
            "luahost_transaction": 1,
            "user": {"username": "bob"},
            "success": True,
            "events": [event | {"uid": uid}],
        }
        for uid in (1, 2)
    ]

    done = luahost("run", str(script), "-", "--json", stdin="\n".join(map(json.dumps, lines)).encode())

    shown = effects(done)
    assert done.returncode == 1
    assert [each["transaction"] for each in shown if each["effect"] == "call"] == [1, 1, 1, 2, 2, 2]
    assert [each["level"] for each in shown if each["effect"] == "log"] == ["error"]


def test_the_user_can_be_named(script: Path) -> None:
    """
    --user is whom the mail is for.
    """
    script.write_text(HANDLER % "print(event.user.username)")

    done = luahost("run", str(script), HELLO, "--user", "alice@example.org", "--json")

    assert [effect["text"] for effect in effects(done) if effect["effect"] == "print"] == [
        "alice@example.org\n"
    ]


@pytest.mark.parametrize(
    ("lua", "version"),
    [
        ("5.1", "Lua 5.1"),
        ("5.2", "Lua 5.2"),
        ("5.3", "Lua 5.3"),
        ("5.4", "Lua 5.4"),
        ("5.5", "Lua 5.5"),
        ("luajit", "Lua 5.1"),
    ],
)
def test_every_lua_version_runs(script: Path, lua: str, version: str) -> None:
    """
    --lua chooses the Lua version; those that a script can crash want --trusted.
    """
    script.write_text(HANDLER % "print(_VERSION)")

    done = luahost("run", str(script), HELLO, "--lua", lua, "--trusted", "--json")

    assert [effect["text"] for effect in effects(done) if effect["effect"] == "print"] == [version + "\n"]


def test_a_script_may_come_from_a_pipe() -> None:
    """
    What can be read can be run.
    """
    command = f"cat scripts/notify_simple.lua | {sys.executable} -m luahost run /dev/stdin --http deny --set push_lua_url=http://x/"

    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_limit(script: Path) -> None:
    """
    --limit changes a limit; a script that is stopped has failed, and the output names the limit.
    """
    script.write_text(HANDLER % "while true do end")

    done = luahost("run", str(script), HELLO, "--limit", "call_instructions=50000", "--http", "deny")

    assert done.returncode == 1
    assert b"the limit is call_instructions=50000" in done.stdout


def test_a_crashable_lua_wants_trust(script: Path) -> None:
    """
    A Lua that a script can crash is refused with the option that says it may be used.
    """
    done = luahost("run", str(script), HELLO, "--lua", "5.1")

    assert done.returncode == 2
    assert b"--trusted" in done.stderr

"""
``luahost run`` from outside: what it prints and how it ends. Nothing is faked.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.demo import RememberingServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
HELLO = str(ROOT / "fixtures/messages/hello.eml")


def luahost(
    *words: str, stdin: bytes = b"", cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """
    Run the command, in the project's folder unless told otherwise.
    """
    return subprocess.run(
        [sys.executable, "-m", "luahost", *words],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def effects(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """
    What ``--json`` printed.
    """
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def receiver() -> Iterator[RememberingServer]:
    """
    A real HTTP server on loopback that answers 200 to each POST.
    """
    server = RememberingServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url(receiver: RememberingServer) -> str:
    """
    The receiver's URL.
    """
    return f"http://127.0.0.1:{receiver.server_port}/handler"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """
    Where a test writes its script.
    """
    return tmp_path / "push.lua"


HANDLER = """
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_end_txn(ctx, success) end
function dovecot_lua_notify_event_message_new(ctx, event)
  %s
end
"""


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


def test_the_timeline_names_calls_fields_requests_and_answers(url: str) -> None:
    """
    People see each call with its arguments, each log line, and each request with body and answer.
    """
    done = luahost("run", "scripts/notify_events.lua", HELLO, "--set", f"push_lua_url={url}", "-v")

    said = done.stdout.decode()
    assert "dovecot_lua_notify_event_message_new(ctx, event, user)" in said
    assert 'mailbox            "INBOX"' in said
    assert f"POST {url} → 200 OK" in said
    assert "mailbox=INBOX&recent=1&unseen=1&messages=1" in said
    assert "info: lua: Mail notify status 200" in said
    assert "debug: lua: Calling dovecot_lua_notify_begin_txn(bob)" in said
    assert "content-type: application/x-www-form-url.escaped" in said.lower()
    assert "1 transaction, 1 event, 2 HTTP requests, no failures" in said
    assert "\x1b" not in said


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
    --lua chooses the Lua version.
    """
    script.write_text(HANDLER % "print(_VERSION)")

    done = luahost("run", str(script), HELLO, "--lua", lua, "--json")

    assert [effect["text"] for effect in effects(done) if effect["effect"] == "print"] == [version + "\n"]


def test_a_failing_script_ends_with_1_and_its_own_traceback(script: Path) -> None:
    """
    A Lua error shows script, line, source and Lua's traceback, and none of luahost's frames.
    """
    script.write_text(HANDLER % "local function inner() error('boom') end inner()")

    done = luahost("run", script.name, HELLO, cwd=script.parent)

    said = done.stdout.decode()
    assert done.returncode == 1
    assert done.stderr == b""
    assert (
        "error: lua: lua_pcall(dovecot_lua_notify_event_message_new, 2, 0) failed: push.lua:5: boom" in said
    )
    assert "stack traceback:" in said
    assert "5 |   local function inner() error('boom') end inner()" in said
    assert "luahost/" not in said.replace(HELLO, "")
    assert "Traceback (most recent call last)" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("function x(", "lua_load(push.lua) failed: push.lua:1: "),
        ("\x89PNG\r\n", "lua_load(push.lua) failed: push.lua:1: "),
        ("error('at the top')", "lua_pcall(push.lua) failed: push.lua:1: at the top"),
        ("function script_init() return 1 end", "Script init failed"),
        (
            "function dovecot_lua_notify_event_message_new() end",
            "Missing function dovecot_lua_notify_begin_txn",
        ),
    ],
    ids=["syntax", "binary", "raises", "script_init", "begin_txn"],
)
def test_a_script_that_cannot_run_ends_with_1(script: Path, text: str, words: str) -> None:
    """
    What Dovecot would log is shown, and the run goes on as Dovecot would.
    """
    script.write_text(text, encoding="latin-1")

    done = luahost("run", script.name, HELLO, cwd=script.parent)

    assert done.returncode == 1
    assert "error: lua: " + words in done.stdout.decode()
    assert done.stderr == b""


def test_a_missing_script_ends_with_2(tmp_path: Path) -> None:
    """
    Dovecot's own words, and what to do on standard error.
    """
    path = tmp_path / "nope.lua"

    done = luahost("run", str(path), HELLO)

    assert done.returncode == 2
    assert f"lua: access({path}) failed: No such file or directory" in done.stdout.decode()
    assert done.stderr.decode() == f"luahost: there is no script {path}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        (),
        ("nosuchverb",),
        ("run", "scripts/notify_simple.lua", "--lua", "6"),
        ("run", "scripts/notify_simple.lua", "--set", "novalue"),
        ("run", "scripts/notify_simple.lua", "nope.eml"),
        ("run", "scripts/notify_simple.lua", "fixtures"),
    ],
)
def test_wrong_usage_ends_with_2_and_no_python_traceback(words: tuple[str, ...]) -> None:
    """
    A mistake on the command line is explained on standard error.
    """
    done = luahost(*words)

    assert done.returncode == 2
    assert done.stderr
    assert b"Traceback" not in done.stderr
    assert b"call" not in done.stdout


def test_a_bad_fixture_names_file_and_line(tmp_path: Path, script: Path) -> None:
    """
    A mistake in a fixture stops the run before anything happens.
    """
    script.write_text(HANDLER % "")
    fixture = tmp_path / "bad.yaml"
    fixture.write_text("user: bob\nwhen:\n  - MesageNew: {uid: 1}\n")

    done = luahost("run", str(script), HELLO, str(fixture))

    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"luahost: {fixture}:3: ")
    assert done.stdout == b""


def test_script_output_cannot_command_the_terminal(script: Path) -> None:
    """
    Escape sequences and bytes that are no UTF-8 are shown, not sent.
    """
    script.write_text(HANDLER % r'dovecot.i_info("\27[31mred\255\7") print("\27]0;title\7")')

    done = luahost("run", str(script), HELLO)

    assert b"\x1b" not in done.stdout
    assert b"\\x1b[31mred\\xff\\x07" in done.stdout


def test_ctrl_c_stops_an_endless_loop(script: Path) -> None:
    """
    A script that never ends is stopped by Ctrl-C at once, and what it did before has been shown.
    """
    script.write_text(HANDLER % "dovecot.i_info('looping') while true do end")
    command = [sys.executable, "-m", "luahost", "run", str(script), HELLO]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if b"looping" in line:
                break
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)

    assert running.returncode == -signal.SIGINT
    assert errors == b""


def test_the_version_costs_no_more_than_python() -> None:
    """
    ``luahost --version`` imports nothing but luahost itself.
    """
    bare = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "pass"], capture_output=True, text=True, check=True
    )
    version = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from luahost.cli import main; main(['--version'])"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    assert imported(version.stderr) - imported(bare.stderr) == {"luahost", "luahost.cli"}
    assert version.stdout.startswith("luahost ")


def imported(importtime: str) -> set[str]:
    """
    The modules that ``-X importtime`` names.
    """
    return {
        line.rpartition("|")[2].strip() for line in importtime.splitlines() if line.startswith("import time:")
    }


def test_all_dialects_show_the_first_whole_and_what_differs(script: Path) -> None:
    """
    --dialect all runs each and says what a script sees otherwise.
    """
    script.write_text(HANDLER % "print(event.uid)")

    done = luahost("run", script.name, HELLO, "--dialect", "all", cwd=script.parent)

    said = done.stdout.decode()
    assert done.returncode == 0
    assert said.startswith("push.lua  dialect documented, Lua 5.4\n")
    assert "\npush.lua  dialect 2.3, Lua 5.4: what differs\n" in said
    assert "-  print     1\n+  print     1.0\n" in said


def test_all_dialects_in_json_are_told_apart(script: Path) -> None:
    """
    Each line names its dialect.
    """
    script.write_text(HANDLER % "print(event.uid)")

    done = luahost("run", script.name, HELLO, "--dialect", "all", "--json", cwd=script.parent)

    prints = [effect for effect in effects(done) if effect["effect"] == "print"]
    assert [(effect["dialect"], effect["text"]) for effect in prints] == [
        ("documented", "1\n"),
        ("2.3", "1.0\n"),
        ("2.4", "1.0\n"),
    ]


@pytest.mark.parametrize(
    "words",
    [("run", "scripts/notify_simple.lua"), ("run", "scripts/notify_simple.lua", "--json"), ("--version",)],
)
def test_output_that_cannot_be_written_is_one_line(words: tuple[str, ...]) -> None:
    """
    A full disk behind standard output is said on standard error.
    """
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "luahost", *words],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr == b"luahost: cannot write the output: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_do_no_harm(closed: str) -> None:
    """
    Whatever the caller has closed, there is no traceback.
    """
    command = f"{sys.executable} -m luahost run scripts/notify_simple.lua - --http deny {closed}"

    done = subprocess.run(["sh", "-c", command], cwd=ROOT, input=b"", capture_output=True, check=False)

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_script_can_name_any_file_and_none_is_read(script: Path) -> None:
    """
    The line of source below an error is of a file that luahost loaded, whatever the script calls a chunk.
    """
    secret = script.with_name("secret.txt")
    secret.write_text("the secret\n")
    script.write_text(HANDLER % f"load('error(1)', '@{secret}')()")

    done = luahost("run", str(script), HELLO)

    assert done.returncode == 1
    assert b"the secret" not in done.stdout


def test_json_is_json_whatever_a_script_says(script: Path) -> None:
    """
    Numbers that JSON lacks, bytes that are no UTF-8, a terminal that knows ASCII only.
    """
    body = r"dovecot.event():set_name('n'):add_str('k\255', '\228'):log_info('ü \u{1f600}') print(1)"
    script.write_text(HANDLER % body)

    done = luahost("run", str(script), HELLO, "--json", PYTHONIOENCODING="ascii")

    [event] = [effect for effect in effects(done) if effect["effect"] == "event"]
    [log] = [effect for effect in effects(done) if effect["effect"] == "log"]
    assert event["fields"] == {"k\\xff": {"bytes": "e4"}}
    assert log["text"] == "lua: ü \U0001f600"


def test_a_script_may_come_from_a_pipe() -> None:
    """
    What can be read can be run.
    """
    command = f"cat scripts/notify_simple.lua | {sys.executable} -m luahost run /dev/stdin --http deny --set push_lua_url=http://x/"

    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_setting_that_is_missing_is_named() -> None:
    """
    The newcomer's first mistake: the script's own line fails, and the timeline says what to add.
    """
    done = luahost("run", "scripts/notify_simple.lua", HELLO)

    said = done.stdout.decode()
    assert done.returncode == 1
    assert "failed: scripts/notify_simple.lua:25: attempt to index a nil value (local 'reqt')" in said
    assert "[C]: in function 'socket.http.request'" in said
    assert 'plugin_getenv("push_lua_url") is nil; to set it: --set push_lua_url=VALUE' in said


def test_the_last_line_counts_what_went_wrong() -> None:
    """
    A push that did not arrive is seen in the last line, though the script did not fail.
    """
    done = luahost(
        "run", "scripts/notify_simple.lua", HELLO, "--http", "deny", "--set", "push_lua_url=http://x/"
    )

    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[-1] == (
        "1 transaction, 1 event, 1 HTTP request, 1 without a whole answer, 1 logged error, no failures"
    )


def test_a_script_without_handlers_is_not_met_with_silence(script: Path) -> None:
    """
    A misspelt handler is never called, and that is said.
    """
    script.write_text((HANDLER % "").replace("message_new", "mesage_new"))

    done = luahost("run", str(script), HELLO)

    assert "no handler of the script was called" in done.stdout.decode()


def test_no_line_of_the_timeline_can_be_forged(script: Path) -> None:
    """
    Line breaks in what a script says stay in its own block.
    """
    script.write_text(
        HANDLER % r"print('x\n  log       error: forged') dovecot.event():set_name('a\nb'):log_info('')"
    )

    lines = luahost("run", str(script), HELLO).stdout.decode().splitlines()

    assert "  log       error: forged" not in lines
    assert "  event     a\\nb" in lines

"""
``luahost run``: what it prints, for people and for programs, and where it cannot.
"""

from __future__ import annotations

import os
import signal
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from luahost.server.spool import SqliteSpool
from tests.cli.command_line import HANDLER, HELLO, ROOT, effects, luahost


class HangingUp(socketserver.BaseRequestHandler):
    """
    A connection that the server ends as soon as it is there.
    """


def test_script_output_cannot_command_the_terminal(script: Path) -> None:
    """
    Escape sequences and bytes that are no UTF-8 are shown, not sent.
    """
    script.write_text(HANDLER % r'dovecot.i_info("\27[31mred\255\7") print("\27]0;title\7")')

    done = luahost("run", str(script), HELLO)

    assert b"\x1b" not in done.stdout
    assert b"\\x1b[31mred\\xff\\x07" in done.stdout


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


def test_dovecots_own_events_are_there_with_v(script: Path) -> None:
    """
    -v tells of them, too, their errors in the log line only; without it there are the script's alone.
    """
    script.write_text(HANDLER % "dovecot.event():set_name('mine'):log_info('x') error('boom', 0)")

    said = luahost("run", str(script), HELLO, "-v").stdout.decode()
    quiet = luahost("run", str(script), HELLO, "--json")

    own = (
        'event     push_notification_lua_call_finished  function_name="dovecot_lua_notify_event_message_new"'
    )
    assert f'  {own} event_name="MessageNew" mailbox="INBOX" uid=1\n' in said
    assert "  event     push_notification_finished\n" in said
    [event] = [effect for effect in effects(quiet) if effect["effect"] == "event"]
    assert (event["name"], event["source"]) == ("mine", "script")
    assert event["categories"] == [
        "lmtp",
        "lua",
        "push-notification",
        "service:lmtp",
        "smtp-server",
        "storage",
    ]
    assert event["inherited"] == {"user": "bob", "service": "lmtp", "script": str(script)}


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


WRITING = (
    "run scripts/notify_simple.lua",
    "run scripts/notify_simple.lua --json",
    "--version",
    "--help",
    "check --help",
    "metadata get --help",
    "shim --dovecot 2.3",
)
"""Commands that write something."""


@pytest.mark.parametrize("command", WRITING)
def test_output_that_cannot_be_written_is_one_line(command: str) -> None:
    """
    A full disk behind standard output is said on standard error.
    """
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "luahost", *command.split()],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr == b"luahost: cannot write the output: No space left on device\n"


@pytest.mark.parametrize("command", WRITING)
def test_a_reader_that_wants_to_see_nothing(command: str) -> None:
    """
    `| head -0` ends everything that writes, help and version too, as it ends others, and nothing is said.
    """
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "luahost", *command.split()],
            cwd=ROOT,
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("run", 2),
        ("run nowhere.lua", 2),
        ("nosuchverb", 2),
        ("check nowhere.lua", 2),
        ("replay 1-a --spool {spool}", 1),
        ("--version", 0),
    ],
)
@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
def test_what_cannot_be_said_changes_nothing(tmp_path: Path, command: str, code: int, stderr: str) -> None:
    """
    Where nobody hears a complaint the exit code is what it is anyway.
    """
    SqliteSpool(tmp_path / "spool").close()
    shell = f"{sys.executable} -m luahost {command.format(spool=tmp_path / 'spool')} {stderr}"

    done = subprocess.run(["sh", "-c", shell], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)

    assert done.returncode == code


def test_a_reader_that_has_seen_enough(script: Path) -> None:
    """
    `| head` ends a script that never stops printing, whatever it catches, and nothing is said about it.
    """
    script.write_text(HANDLER % "while true do pcall(print, 'again') end")

    command = [sys.executable, "-m", "luahost", "run", str(script)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline().endswith(b"Lua 5.4\n")
        running.stdout.close()
        _, said = running.communicate(timeout=60)

    assert (running.returncode, said) == (-signal.SIGPIPE, b"")


def test_a_server_that_hangs_up(script: Path) -> None:
    """
    A server that closes each connection at once, while a long request is being sent, is the script's affair.
    """
    script.write_text(HANDLER % "print(require('socket.http').request(event.subject, ('x'):rep(1000000)))")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangingUp) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        message = f"Subject: http://127.0.0.1:{server.server_address[1]}/\n\nHi\n".encode()
        tries = [luahost("run", str(script), "-", "--json", stdin=message) for _ in range(3)]
        server.shutdown()

    assert [done.returncode for done in tries] == [0, 0, 0]
    assert {effect["text"] for done in tries for effect in effects(done) if effect["effect"] == "print"} == {
        "nil\tclosed\n"
    }


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

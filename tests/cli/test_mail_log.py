"""
``luahost run --mail-log``: what Dovecot would write to its log.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.command_line import HANDLER, HELLO, luahost

PROCESS = re.compile(rb"^lmtp\(bob\)<\d+><luahost>: ", re.MULTILINE)


def mail_log(script: Path, *words: str) -> list[str]:
    """
    The lines, ``lmtp(bob): `` in front of those of bob's process. The script did not fail.
    """
    done = luahost("run", script.name, HELLO, "--mail-log", *words, cwd=script.parent)
    assert done.returncode == 0, done.stderr
    return PROCESS.sub(b"lmtp(bob): ", done.stdout).decode().splitlines()


def test_lines_are_those_of_the_mail_log(script: Path) -> None:
    """
    Each line says process, level and text; nothing else is printed.
    """
    script.write_text(HANDLER % "dovecot.i_debug('d') dovecot.event():log_info(event.subject) print('p')")

    assert mail_log(script) == ["lmtp(bob): Debug: d", "lmtp(bob): Info: lua: Hello, päivää"]


def test_more_lines_with_debugging_on(script: Path) -> None:
    """
    With -v the driver's debug lines are there too.
    """
    script.write_text(HANDLER % "")

    lines = mail_log(script, "-v")

    assert lines[0] == "lmtp(bob): Debug: lua: Loading push.lua"
    assert lines[-1] == "lmtp(bob): Debug: push-notification: Push notification transaction completed"


@pytest.mark.parametrize(
    ("dialect", "second"), [("2.3", "lmtp: Error: two"), ("2.4", "lmtp(bob): Warning: lua: two")]
)
def test_lines_have_the_form_of_the_dialect(script: Path, dialect: str, second: str) -> None:
    """
    A message of two lines looks as in that version's log.
    """
    script.write_text(HANDLER % r"dovecot.event():log_warning('one\ntwo')")

    assert mail_log(script, "--dialect", dialect) == ["lmtp(bob): Warning: lua: one", second]


def test_all_dialects_are_compared(script: Path) -> None:
    """
    With --dialect all it can be seen what a server's log will have otherwise.
    """
    script.write_text(HANDLER % r"dovecot.i_info('one\ntwo')")

    done = luahost("run", script.name, HELLO, "--mail-log", "--dialect", "all", cwd=script.parent)

    said = done.stdout.decode()
    assert said.startswith("push.lua  dialect documented, Lua 5.4\nlmtp(bob)<")
    assert "push.lua  dialect 2.3, Lua 5.4: what differs\n" in said
    assert "\n+lmtp: Error: two\n" in said
    assert "push.lua  dialect 2.4, Lua 5.4: no difference\n" in said


def test_bytes_are_kept(script: Path) -> None:
    """
    A file or a pipe gets what Dovecot's log would have, odd bytes too.
    """
    script.write_text(HANDLER % r"dovecot.i_info('\255\27[1m')")

    done = luahost("run", str(script), HELLO, "--mail-log", PYTHONIOENCODING="ascii")

    assert PROCESS.sub(b"", done.stdout) == b"Info: \xff\x1b[1m\n"


def test_failures_are_lines_of_the_log(script: Path) -> None:
    """
    An error of the script is in the log as Dovecot logs it, and the exit code says so.
    """
    script.write_text(HANDLER % "error('boom', 0)")

    done = luahost("run", str(script), HELLO, "--mail-log")

    words = b"lua_pcall(dovecot_lua_notify_event_message_new, 2, 0) failed: boom"
    assert done.returncode == 1
    assert PROCESS.sub(b"", done.stdout).splitlines()[:2] == [
        b"Error: lua: " + words,
        b"Error: lua: stack traceback:",
    ]


def test_a_crash_is_told_beside_the_log(script: Path) -> None:
    """
    What would kill Dovecot's process is said on standard error.
    """
    script.write_text(HANDLER % "pcall(dovecot.http.client, {event_parent = dovecot.event()})")

    done = luahost("run", str(script), HELLO, "--mail-log", "--dialect", "2.3")

    assert done.returncode == 1
    assert b"this kills the process in Dovecot 2.3" in done.stderr
    assert done.stdout == b""


def test_one_form_at_a_time(script: Path) -> None:
    """
    --json and --mail-log exclude each other.
    """
    done = luahost("run", str(script), HELLO, "--mail-log", "--json")

    assert done.returncode == 2
    assert b"not allowed with" in done.stderr

"""
``luahost run`` and the mistakes of its users: scripts that fail, inputs and options that are wrong.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import HANDLER, HELLO, ROOT, luahost


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


def test_a_folder_is_no_script(tmp_path: Path) -> None:
    """
    A folder in the place of the script is wrong usage, and nothing is run.
    """
    done = luahost("run", str(tmp_path), HELLO)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"luahost: {tmp_path} is a folder, not a Lua script\n"


def test_a_script_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    """
    A socket can be read by nobody, root included: Dovecot's own words, and what to do on standard error.
    """
    path = tmp_path / "push.lua"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))

    done = luahost("run", str(path), HELLO)

    words = "No such device or address"
    assert done.returncode == 2
    assert f"lua: lua_load({path}) failed: cannot open {path}: {words}" in done.stdout.decode()
    assert done.stderr.decode() == f"luahost: the script {path} cannot be read: {words}\n"


@pytest.mark.parametrize(
    "words", [["run"], ["run", "scripts/notify_http.lua"], ["check"], ["check", "scripts/notify_http.lua"]]
)
def test_what_has_no_end_is_not_read_to_its_end(words: list[str]) -> None:
    """
    A device that never ends is refused, as a script or as a message, before it fills the memory.
    """
    done = luahost(*words, "/dev/zero")

    assert done.returncode == 2
    assert re.search(rb"/dev/zero.* (File too large|it is too long: more than 256 MB)\n", done.stderr)


@pytest.mark.parametrize("command", ["init --serve srv", "run {} --metadata md"])
def test_a_folder_that_is_gone(tmp_path: Path, command: str) -> None:
    """
    Who works in a folder that somebody has removed is told so.
    """
    here = tmp_path / "here"
    here.mkdir()
    luahost = f"{sys.executable} -m luahost {command.format(ROOT / 'scripts/notify_http.lua')}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        ["sh", "-c", f"cd {here} && rmdir {here} && exec {luahost}"],
        env=environment,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == b"luahost: the current folder is not there any more\n"


def test_a_mistake_cannot_command_the_terminal() -> None:
    """
    What is wrong is shown with its control characters made visible.
    """
    for words in (["run", "\x1b[31m"], ["run", "--\x1b[31m"], ["check", "\x1b[31m"]):
        done = luahost(*words)

        assert done.returncode == 2
        assert b"\\x1b[31m" in done.stderr
        assert b"\x1b" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        (),
        ("nosuchverb",),
        ("run", "scripts/notify_simple.lua", "--lua", "6"),
        ("run", "scripts/notify_simple.lua", "--limit", "seconds=5"),
        ("run", "scripts/notify_simple.lua", "--limit", "memory_bytes=lots"),
        ("run", "scripts/notify_simple.lua", "--set", "novalue"),
        ("run", "scripts/notify_simple.lua", "nope.eml"),
        ("run", "scripts/notify_simple.lua", "fixtures"),
        ("run", "scripts/notify_simple.lua", "--user", ""),
        ("run", "scripts/notify_simple.lua", ""),
        ("init", ""),
        ("status", "--spool="),
        ("shim", "--dovecot", "2.3", "--install", ""),
        ("metadata", "list", "-u", "bob", "--db", ""),
        ("metadata", "list", "-u", "bob", "--db", "--"),
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


def test_a_script_without_handlers_is_not_met_with_silence(script: Path) -> None:
    """
    A misspelt handler is never called, and that is said.
    """
    script.write_text((HANDLER % "").replace("message_new", "mesage_new"))

    done = luahost("run", str(script), HELLO)

    assert "no handler of the script was called" in done.stdout.decode()

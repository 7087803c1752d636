"""
``luahost check`` as people run it.
"""

from __future__ import annotations

from pathlib import Path

from tests.cli.command_line import luahost


def test_found(script: Path) -> None:
    """
    What is found is shown with its line, and the exit code is 1; wrong usage is 2.
    """
    script.write_text("function dovecot_lua_notify_begin_txn(user) os.exit() end\n", "utf-8")
    done = luahost("check", str(script), "--static", "--dialect", "2.4", "--rule", "missing-function=off")

    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [
        f"{script}:1:45: error: os.exit kills the mail process [process-exit] (2.4)",
        "    1 | function dovecot_lua_notify_begin_txn(user) os.exit() end",
        "      |                                             ^~~~~~~~~",
        "      = return, or error() to have it logged",
        "",
        "1 script: 1 error",
    ]


def test_nothing_found() -> None:
    """
    A script of ours with nothing in it that must not be there ends with 0.
    """
    done = luahost("check", "scripts/notify_http.lua")

    assert (done.returncode, done.stdout) == (0, b"1 script: nothing found\n")


def test_wrong_usage(script: Path) -> None:
    """
    No script, a script that is not there, and a rule that there is not are mistakes in the call.
    """
    script.write_text("", "utf-8")
    for words in ([], ["nowhere.lua"], [str(script), "--rule", "x=off"]):
        done = luahost("check", *words)

        assert done.returncode == 2, words
        assert done.stderr.startswith(b"luahost: "), words


def test_explained() -> None:
    """
    A rule is explained with its examples.
    """
    done = luahost("check", "--explain", "http-option")

    assert done.returncode == 0
    assert "timeout = 2000" in done.stdout.decode()

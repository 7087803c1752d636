"""
``luahost check`` as people run it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from luahost.cli.check import scripts
from luahost.errors import UsageError
from tests.cli.command_line import HANDLER, ROOT, luahost
from tests.ordinary_user import ordinary_user


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


def test_move(script: Path) -> None:
    """
    The report of a move shows what breaks and what would be changed; ``--fix`` changes it, and says what is
    left.
    """
    script.write_text(
        "function dovecot_lua_notify_begin_txn(user) return {url = user:plugin_getenv('url')} end\n"
        "function dovecot_lua_notify_event_message_new(ctx) dovecot.i_info(ctx.url or '') end\n"
        "function dovecot_lua_notify_end_txn() end\n",
        "utf-8",
    )
    before = script.read_bytes()
    words = ["check", str(script), "--static", "--from", "2.3", "--to", "2.4"]
    shown = luahost(*words)

    assert shown.returncode == 1
    assert b"line 1: there is no user:plugin_getenv in Dovecot 2.4" in shown.stdout
    assert b"+  return push_settings[name]" in shown.stdout
    assert b"push_notification lua {" in shown.stdout
    assert script.read_bytes() == before

    fixed = luahost(*words, "--fix")

    assert fixed.returncode == 0
    assert b"checked again: nothing is left that 2.4 breaks" in fixed.stderr
    assert b"push_setting(user, 'url')" in script.read_bytes()


def test_fix(script: Path) -> None:
    """
    ``--diff`` shows what would be mended, ``--fix`` mends it and shows what is left.
    """
    script.write_text("function script_init()\nend\nreturn {}\n", "utf-8")
    shown = luahost("check", str(script), "--static", "--diff")
    fixed = luahost("check", str(script), "--static", "--fix")

    assert shown.returncode == 1
    assert b"+  return 0\n" in shown.stderr
    assert (fixed.returncode, fixed.stdout) == (0, b"1 script: nothing found\n")
    assert script.read_text("utf-8") == "function script_init()\n  return 0\nend\nreturn {}\n"


def test_project(tmp_path: Path) -> None:
    """
    A folder means the scripts in it; a ``luahost.yaml`` says what is asked for, and options win.
    """
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua/a.lua").write_text("print(1)\nreturn {}\n", "utf-8")
    (tmp_path / "lua/a_spec.lua").write_text("describe('a', function() end)\n", "utf-8")
    (tmp_path / "lua/b.lua").write_text("os.exit()\nreturn {}\n", "utf-8")
    (tmp_path / "luahost.yaml").write_text("check:\n  rules: {process-exit: note}\n", "utf-8")
    done = luahost("check", "lua", "--static", cwd=tmp_path, PYTHONPATH=str(ROOT))
    strict = luahost(
        "check", "lua", "--static", "--rule", "process-exit=error", cwd=tmp_path, PYTHONPATH=str(ROOT)
    )

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, b"2 scripts: 2 notes")
    assert (strict.returncode, strict.stdout.splitlines()[-1]) == (1, b"2 scripts: 1 error, 1 note")


def test_the_name_of_a_script_cannot_command_the_terminal(tmp_path: Path) -> None:
    """
    Names that are found in a folder stay in their line, and steer nothing; nor does a script's text.
    """
    (tmp_path / "\x1b[31m\na.lua").write_text("function script_init() return end -- \x1b[31m\nreturn {}\n")

    for more in (["--diff"], ["--from", "2.3", "--to", "2.4"]):
        done = luahost("check", ".", "--static", *more, cwd=tmp_path, PYTHONPATH=str(ROOT))

        assert b"\x1b" not in done.stdout + done.stderr
        assert b"\\x1b[31m" in done.stdout


def test_standard_input_that_is_closed() -> None:
    """
    There is nothing on it.
    """
    command = f"{sys.executable} -m luahost check - <&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (1, b"")
    assert b"none of the functions that Dovecot calls is here" in done.stdout


def test_a_folder_that_cannot_be_read() -> None:
    """
    What is in it is not taken for nothing, be it named or below one that is.
    """
    with ordinary_user() as folder:
        closed = folder / "closed"
        closed.mkdir(0)
        for named in (folder, closed):
            with pytest.raises(UsageError, match=f"the folder {closed} cannot be read: Permission denied"):
                scripts([str(named)])


def test_configuration(tmp_path: Path) -> None:
    """
    With a configuration the scripts that it names are checked, by its version's rules, with its settings.
    """
    (tmp_path / "push.lua").write_text(
        "function dovecot_lua_notify_begin_txn(user) return {n = user:plugin_getenv('count') + 1} end\n"
        "function dovecot_lua_notify_event_message_new(ctx) dovecot.i_info('push') end\n"
        "function dovecot_lua_notify_end_txn() end\n",
        "utf-8",
    )
    configuration = tmp_path / "dovecot.conf"
    configuration.write_text(
        f"plugin {{\n  push_notification_driver = lua:file={tmp_path}/push.lua\n  count = 5\n}}\n", "utf-8"
    )
    done = luahost("check", "-c", str(configuration))
    both = luahost("check", "-c", str(configuration), "--dialect", "2.4", "--static")

    assert (done.returncode, done.stdout) == (0, b"1 script: nothing found\n")
    assert b"[plugin-getenv]" in both.stdout


def test_standard_input(tmp_path: Path) -> None:
    """
    A script on standard input is checked and run under the name that it is given, with that file's modules.
    """
    (tmp_path / "words.lua").write_text("return {new = 'new mail'}\n", "utf-8")
    text = """\
local words = require("words")
function dovecot_lua_notify_begin_txn(user) return {} end
function dovecot_lua_notify_end_txn(ctx) end
function dovecot_lua_notify_event_message_new(ctx, event) dovecot.i_inf(words.new) end
"""
    name = str(tmp_path / "push.lua")
    done = luahost("check", "-", "--stdin-filename", name, "--module", "words", stdin=text.encode())
    first = done.stdout.decode().splitlines()[0]

    assert done.returncode == 1
    assert first.startswith(f"{name}:4:67: error: there is no dovecot.i_inf")
    assert first.endswith("[unknown-method] (seen in 2.3, 2.4)")
    for words in (["-", "--fix"], ["--stdin-filename", name, name], ["-", "--from", "2.3", "--to", "2.4"]):
        assert luahost("check", *words, stdin=b"").returncode == 2, words


def test_standard_input_is_in_no_file(tmp_path: Path) -> None:
    """
    The script runs as it came, under its name: there is no file that who ends the command could leave.
    """
    text = HANDLER % "error(debug.traceback('x'):gsub('[\\n\\t]+', ' '), 0)"
    named, unnamed = (
        luahost("check", "-", *more, cwd=tmp_path, stdin=text.encode(), PYTHONPATH=str(ROOT))
        for more in (["--stdin-filename", "mine.lua"], [])
    )

    assert b"seen: when each of the twelve events happens: x stack traceback: mine.lua:5: in " in named.stdout
    assert b" stack traceback: <stdin>:5: in " in unnamed.stdout
    assert (named.returncode, unnamed.returncode) == (1, 1)


def test_specs(tmp_path: Path, script: Path) -> None:
    """
    A Lua spec that is named, as by ``*.lua``, is left out and people are told; alone it is a mistake.
    """
    spec = tmp_path / "push_spec.lua"
    spec.write_text('describe("push", function() end)\n', "utf-8")
    script.write_text("return {}\n", "utf-8")
    both = luahost("check", "--static", str(spec), str(script))

    assert (both.returncode, both.stdout) == (0, b"1 script: nothing found\n")
    assert b"push_spec.lua is a Lua spec, which luahost test runs" in both.stderr
    assert luahost("check", str(spec)).returncode == 2


def test_move_of_what_a_configuration_names(tmp_path: Path) -> None:
    """
    Without a script those that ``dovecot.conf`` names are moved.
    """
    push = tmp_path / "push.lua"
    push.write_text("local c = dovecot.http.client({timeout = 1000})\n", "utf-8")
    old = tmp_path / "dovecot.conf"
    old.write_text(f"plugin {{\n  push_notification_driver = lua:file={push}\n}}\n", "utf-8")
    done = luahost("check", "--static", "--from", "2.3", "--to", "2.4", "-c", str(old))

    assert done.returncode == 1, done.stderr
    assert f"{push}: from Dovecot 2.3 to 2.4" in done.stdout.decode()
    assert f"lua_file = {push}" in done.stdout.decode()

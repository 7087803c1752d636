"""
``luahost diff``: output and exit codes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from luahost.cli.command import run_command

SCRIPT = """\
function dovecot_lua_notify_begin_txn(user) return user end
function dovecot_lua_notify_event_message_new(user, event)
  require("socket.http").request(user:plugin_getenv("push_lua_url"), %s)
end
function dovecot_lua_notify_end_txn() end
"""


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    Two scripts that send different bodies.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.lua").write_text(SCRIPT % '"one"', "utf-8")
    (tmp_path / "new.lua").write_text(SCRIPT % '"two"', "utf-8")
    (tmp_path / "mail.eml").write_text("Subject: Hi\n\nHello\n", "utf-8")
    return tmp_path


SET = ("--set", "push_lua_url=http://push.example/")


def test_a_difference(scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    What differs is shown below the effect that it is in; the exit code is 1.
    """
    code = run_command(["diff", "old.lua", "new.lua", "mail.eml", *SET])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[:3] == ["old.lua → new.lua  dialect documented, Lua 5.4", "", "mail.eml  for bob"]
    assert "    http      POST http://push.example/ → 200 OK" in lines
    assert [line.split() for line in lines if line[0:1] in ("-", "+")] == [["-", "one"], ["+", "two"]]
    assert lines[-1] == "sessions that differ: 1 of 1 (1 changed, 0 added, 0 removed)"


def test_no_difference(scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Where there is none the exit code is 0.
    """
    code = run_command(["diff", "old.lua", "old.lua", "mail.eml", "mail.eml", "--dialect", "all", *SET])

    assert code == 0
    assert capsys.readouterr().out.endswith("\nno difference in 6 sessions\n")


def test_json(scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    With ``--json`` a line for each session that differs, with the effects of both, and the sum.
    """
    code = run_command(["diff", "old.lua", "new.lua", "--json", "--answer", "refused", *SET])

    session, total = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    (change,) = session["changes"]
    assert code == 1
    assert (session["dialect"], session["input"], session["user"]) == ("documented", "sample.eml", "bob")
    assert (change["change"], change["fields"]) == ("changed", ["body"])
    assert (change["old"]["body"], change["new"]["body"]) == ("one", "two")
    assert change["old"]["error"] == "connection refused"
    assert total == {"sessions": 1, "different": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["old.lua"], "diff needs two scripts, OLD and NEW"),
        (["old.lua", "nope.lua"], "there is no script nope.lua"),
        (["old.lua", "."], ". is a folder, not a Lua script"),
        (["old.lua", "old.lua/new.lua"], "the script old.lua/new.lua cannot be read: Not a directory"),
        (["old.lua", "new.lua", "nope.eml"], "nope.eml: no such file"),
        (["old.lua", "new.lua", "--answer", "nope"], "--answer: no fault 'nope'; there are refused, dns"),
    ],
)
def test_mistakes(
    scripts: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What cannot be compared is exit code 2, and said.
    """
    assert run_command(["diff", *arguments]) == 2
    assert words in capsys.readouterr().err

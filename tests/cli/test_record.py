"""
``luahost record``.
"""

from __future__ import annotations

import pytest

from luahost.cli.command import run_command


def test_the_probe_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """
    What is printed is a Lua script for the events and the Dovecot that are asked for.
    """
    assert run_command(["record", "--lua-probe", "--dialect", "2.3", "--events", "MessageNew, FlagsSet"]) == 0

    script = capsys.readouterr().out
    assert script.startswith("-- For dovecot.conf of Dovecot 2.3")
    assert 'local EVENTS = { "FlagsSet", "MessageNew" }\n' in script
    assert script.endswith("end\n")


def test_an_unknown_event(capsys: pytest.CaptureFixture[str]) -> None:
    """
    An event that there is not is wrong usage.
    """
    assert run_command(["record", "--lua-probe", "--events", "Login"]) == 2

    assert "no event Login; there are FlagsClear" in capsys.readouterr().err

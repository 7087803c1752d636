"""
``luahost shim``.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from luahost.cli.command import run_command
from luahost.config import read_configuration


def test_the_script_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """
    What is printed is a Lua script with what was asked for as its settings.
    """
    words = "shim --dovecot 2.3 --spool-dir /var/spool/l --timeout-ms 50 --metadata /private/a --events"

    assert run_command([*shlex.split(words), "MessageNew, FlagsSet"]) == 0

    script = capsys.readouterr().out
    assert script.startswith("-- For dovecot.conf of Dovecot 2.3")
    for setting in (
        'URL = "http://127.0.0.1:8025/v1/transactions"',
        "CAP_MS = 50",
        'SPOOL_DIR = "/var/spool/l"',
        "TOKEN_FILE = nil",
        'METADATA = { "/private/a" }',
        'EVENTS = { "flags_set", "message_new" }',
    ):
        assert f"\nlocal {setting}\n" in script


@pytest.mark.parametrize("dovecot", ["2.3", "2.4"])
def test_the_configuration_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dovecot: str
) -> None:
    """
    It can be read as Dovecot's configuration of that version, and has the script as its driver.
    """
    assert run_command(["shim", "--dovecot", dovecot, "--conf", "/etc/shim.lua"]) == 0

    file = tmp_path / "dovecot.conf"
    version = "dovecot_config_version = 2.4.1\n" if dovecot == "2.4" else ""
    file.write_text(version + capsys.readouterr().out)
    (driver,) = read_configuration(str(file)).settings("lmtp").drivers()
    assert (driver.name, driver.file) == ("lua", "/etc/shim.lua")


def test_a_host_name(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A server that mail processes would not find is wrong usage.
    """
    assert run_command(["shim", "--dovecot", "2.3", "--url", "http://push.example:8025"]) == 2

    assert "write the address of push.example" in capsys.readouterr().err


def test_names_that_are_no_utf_8(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """
    The shim and the configuration have the very bytes.
    """
    path = b"/srv/p\xff"
    files = [word for option in ("--spool-dir", "--token-file") for word in (option, os.fsdecode(path))]

    assert run_command(["shim", "--dovecot", "2.3", *files]) == 0
    script = capfdbinary.readouterr().out
    assert run_command(["shim", "--dovecot", "2.3", "--conf", os.fsdecode(path)]) == 0
    configuration = capfdbinary.readouterr().out

    assert b'local SPOOL_DIR = "/srv/p\\255"\nlocal TOKEN_FILE = "/srv/p\\255"\n' in script
    assert b" lua:file=/srv/p\xff\n" in configuration

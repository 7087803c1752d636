"""
The files for systemd, judged by systemd where it is installed.
"""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

from luahost.cli.command import run_command
from luahost.cli.serve import SYSTEMD_FILES
from luahost.config.serve_section import ServeSection
from luahost.server.supervisor import ANSWERS_SECONDS
from luahost.server.systemd.unit_files import FILES, escaped, unit_file
from tests.debian import needs

LOCK_DOWN = {
    "capset",
    "landlock_create_ruleset",
    "landlock_restrict_self",
    "prctl",
    "prlimit64",
    "setrlimit",
}
"""The system calls that ``luahost/runtime/lockdown.py`` makes."""


def service() -> configparser.SectionProxy:
    """
    What the unit says about the service.
    """
    unit = configparser.ConfigParser(interpolation=None, strict=False, delimiters=["="])
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(unit_file("service", command="/usr/bin/luahost"))
    return unit["Service"]


def calls_of(group: str) -> set[str]:
    """
    The system calls of a group of systemd's.
    """
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    )
    found: set[str] = set()
    for line in done.stdout.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


@needs("systemd")
def test_systemd_takes_them(tmp_path: Path) -> None:
    """
    It finds nothing wrong with the units.
    """
    paths = [tmp_path / FILES[name] for name in ("service", "socket")]
    for name, path in zip(("service", "socket"), paths, strict=True):
        path.write_text(unit_file(name, command=f"{sys.executable} -m luahost"))

    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, paths)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs("systemd")
def test_scripts_can_be_locked_down() -> None:
    """
    The filter of the unit leaves the processes of scripts what they lock themselves down with.
    """
    text = unit_file("service", command="/usr/bin/luahost")
    filters = [line.partition("=")[2] for line in text.splitlines() if line.startswith("SystemCallFilter=")]
    left: set[str] = set()
    for words in filters:
        named = set().union(
            *(calls_of(word) if word[0] == "@" else {word} for word in words.lstrip("~").split())
        )
        left = left - named if words.startswith("~") else left | named

    assert left >= LOCK_DOWN


def test_the_server_has_time_to_end() -> None:
    """
    Systemd waits for longer than the server takes by default, and asks it alone to end.
    """
    told = service()

    assert int(told["TimeoutStopSec"]) > ServeSection(spool="s").drain_seconds + 2 * ANSWERS_SECONDS
    assert told["KillMode"] == "mixed"


def test_the_verb_prints_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """
    With the paths of this machine, of the configuration that was named, or else of /etc.
    """
    assert set(SYSTEMD_FILES) == set(FILES)

    assert run_command(["serve", "--systemd", "service", "-c", str(tmp_path / "a b.yaml")]) == 0
    named = capsys.readouterr().out
    assert run_command(["serve", "--systemd", "socket"]) == 0

    assert f' serve -c "{tmp_path}/a b.yaml"\n' in named
    assert "ListenStream=127.0.0.1:8025" in capsys.readouterr().out
    assert f"ExecStart={os.path.dirname(sys.executable)}" in named
    assert "@LUAHOST@" not in named


@pytest.mark.parametrize(
    ("word", "written"),
    [("/usr/bin/luahost", "/usr/bin/luahost"), ("/a b/100%$", '"/a b/100%%$$"'), ('/a"b', '"/a\\"b"')],
)
def test_words_of_a_command_line(word: str, written: str) -> None:
    """
    What systemd would read otherwise is escaped.
    """
    assert escaped(word) == written

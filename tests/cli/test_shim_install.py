"""
``luahost shim --install``: what it writes into Dovecot's folder, and what it leaves alone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from luahost.config import check_plugins, push_of, read_configuration
from luahost.sources.shim import Shim
from tests.cli.command_line import luahost

MAIN = "!include_try conf.d/*.conf\nprotocol lmtp {\n  mail_plugins = $mail_plugins quota\n}\n"


@pytest.fixture
def dovecot(tmp_path: Path) -> Path:
    """
    The folder of a Dovecot's configuration.
    """
    folder = tmp_path / "dovecot"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "dovecot.conf").write_text(MAIN)
    return folder


def install(dovecot: Path, *more: str) -> subprocess.CompletedProcess[bytes]:
    """
    Install the shim there.
    """
    spool = str(dovecot.parent / "spool")
    return luahost("shim", "--dovecot", "2.3", "--install", str(dovecot), "--spool-dir", spool, *more)


def test_installed(dovecot: Path) -> None:
    """
    Dovecot then loads the plugins for every service and runs the shim, which has a place for what is not
    taken; a second time nothing changes.
    """
    done = install(dovecot)
    settings = read_configuration(str(dovecot / "dovecot.conf")).settings("lmtp")
    again = install(dovecot)
    script = dovecot / "luahost-shim.lua"

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"\nnext: doveadm reload\n")
    check_plugins(settings)
    assert push_of(settings).on
    assert [entry.file for entry in settings.drivers()] == [str(script)]
    for path, content in (
        Shim(dialect="2.3", spool_dir=str(dovecot.parent / "spool")).installed(str(script)).items()
    ):
        assert Path(path).read_bytes() == content
        assert Path(path).stat().st_mode & 0o777 == 0o644
    assert (dovecot.parent / "spool").is_dir()
    assert [line.split()[0] for line in again.stdout.splitlines()] == [b"kept", b"kept", b"next:"]


def test_another_driver(dovecot: Path) -> None:
    """
    A script that Dovecot ran is told of; one that is set later would win, which is said with its place.
    """
    driver = "plugin {\n push_notification_driver = lua:file=/etc/dovecot/push.lua\n}\n"
    (dovecot / "conf.d/05-push.conf").write_text(driver)
    before = install(dovecot)
    (dovecot / "conf.d/90-push.conf").write_text(driver)
    after = install(dovecot)

    assert b"takes the place of push_notification_driver = lua:file=/etc/dovecot/push.lua" in before.stdout
    assert before.returncode == 0
    assert b"/90-push.conf:2 sets push_notification_driver after " in after.stdout
    assert after.returncode == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MAIN.replace("$mail_plugins", ""), b"dovecot.conf:3 sets other mail_plugins for lmtp"),
        ("protocols = lmtp\n", b"add `!include "),
    ],
)
def test_what_would_not_push(dovecot: Path, text: str, words: bytes) -> None:
    """
    Where Dovecot would not run the shim, what to do is said, and it ends with 1.
    """
    (dovecot / "dovecot.conf").write_text(text)
    done = install(dovecot)

    assert words in done.stdout
    assert done.returncode == 1


def test_what_is_left_alone(dovecot: Path) -> None:
    """
    A file of that name by somebody else, a folder without Dovecot, and another Dovecot's syntax are mistakes.
    """
    other = install(dovecot, "--dovecot", "2.4")
    nowhere = install(dovecot / "conf.d")
    (dovecot / "conf.d/11-luahost.conf").write_text("mail_debug = yes\n")
    theirs = install(dovecot)

    assert [done.returncode for done in (other, nowhere, theirs)] == [2, 2, 2]
    assert b"is a configuration of Dovecot 2.3: --dovecot 2.3" in other.stderr
    assert b"there is no " in nowhere.stderr
    assert (dovecot / "conf.d/11-luahost.conf").read_text() == "mail_debug = yes\n"
    # Its path has the word in it.
    assert b"is there already, and not by luahost" in theirs.stderr


def test_names_that_are_no_utf_8(dovecot: Path) -> None:
    """
    A folder of any name has a shim that Dovecot runs.
    """
    named = dovecot.rename(dovecot.with_name("d\udcff"))
    done = install(named)

    assert (done.returncode, done.stderr) == (0, b"")
    [entry] = read_configuration(str(named / "dovecot.conf")).settings("lmtp").drivers()
    assert entry.file == str(named / "luahost-shim.lua")


def test_a_spool_of_many_levels(dovecot: Path) -> None:
    """
    A path that is too long for the system is refused in its words, however many levels it has.
    """
    done = install(dovecot, "--spool-dir", "/a" * 2500)

    assert done.returncode == 2
    assert done.stderr.endswith(b": File name too long\n")


def test_a_folder_whose_name_dovecot_would_cut_off(dovecot: Path) -> None:
    """
    Where Dovecot would look for another script nothing is written.
    """
    folder = dovecot.rename(dovecot.with_name("my dovecot"))
    before = sorted(folder.rglob("*"))
    done = install(folder)

    assert done.returncode == 2
    assert b"needs a path without spaces, # and %" in done.stderr
    assert sorted(folder.rglob("*")) == before
    assert not (folder.parent / "spool").exists()

"""
The files that a server works with.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from luahost.config import read_configuration
from luahost.config.serve_section import Listen, ServerTls, ServeSection
from luahost.doctor import Check, Who
from luahost.doctor.files import configuration_check, file_checks, serving_user
from luahost.server.spool import SqliteControl


def found(folder: Path, server: Who, mail: Who | None = None, **section: Any) -> dict[str, Check]:
    """
    What is said of the files of this section, by name.
    """
    given = {"listen": Listen(host="127.0.0.1", port=1), "spool": str(folder / "spool.db"), **section}
    return {check.name: check for check in file_checks(ServeSection(**given), server, mail)}


def test_a_spool_that_is_ours(folder: Path) -> None:
    """
    A spool that is not there yet, and one of the server's own, are fine.
    """
    before = found(folder, Who.myself())["spool"]
    (folder / "spool.db").touch(0o600)
    after = found(folder, Who.myself())["spool"]

    assert (before.state, after.state) == ("ok", "ok")
    assert "will be made" in before.detail


def test_a_spool_that_is_damaged(folder: Path) -> None:
    """
    What the server would refuse to work on is found before it does.
    """
    file = folder / "spool.db"
    SqliteControl(file, make=True).close()
    assert found(folder, Who.myself())["spool"].state == "ok"
    with open(file, "r+b") as opened:
        opened.seek(100)
        opened.write(b"\xff" * 1000)

    check = found(folder, Who.myself())["spool"]

    assert check.state == "fail"
    assert "is damaged: put a backup in its place" in check.detail


def test_a_spool_without_a_folder(folder: Path) -> None:
    """
    A folder that is not there is told, with the command that makes it for the server.
    """
    check = found(folder, Who.myself(), spool=str(folder / "no/spool.db"))["spool"]

    assert check.state == "fail"
    assert check.advice == f"install -d -o {Who.myself().name} -m 0700 {folder}/no"


def test_a_spool_of_somebody_else(folder: Path, stranger: Who) -> None:
    """
    A folder that the server may not write to is broken, a file for everybody a warning.
    """
    (folder / "spool.db").touch()
    os.chmod(folder / "spool.db", 0o644)

    assert found(folder, stranger)["spool"].state == "fail"
    assert "stranger may not write" in found(folder, stranger)["spool"].detail
    assert found(folder, Who.myself())["spool"].state == "warn"


@pytest.mark.parametrize(
    ("text", "mode", "state", "words"),
    [
        ("0123456789abcdef\n", 0o640, "ok", ""),
        ("0123456789abcdef\n", 0o644, "fail", "everybody on this machine may use it"),
        ("short\n", 0o600, "fail", "a token has 16 characters at least"),
        (None, 0, "fail", "is not there"),
    ],
)
def test_tokens(folder: Path, text: str | None, mode: int, state: str, words: str) -> None:
    """
    A token file holds tokens, and is nobody else's business; no token is ever shown.
    """
    file = folder / "tokens"
    if text is not None:
        file.write_text(text)
        os.chmod(file, mode)

    check = found(folder, Who.myself(), token_file=str(file))["token_file"]

    assert check.state == state
    assert words in check.detail
    assert "0123456789" not in check.detail + check.advice


def test_a_log(folder: Path, stranger: Who) -> None:
    """
    The server has to write its log, and to make it anew once it was moved away.
    """
    file = folder / "luahost.log"
    states = [found(folder, who, log_file=str(file))["log_file"].state for who in (Who.myself(), stranger)]
    file.touch()
    states += [found(folder, who, log_file=str(file))["log_file"].state for who in (Who.myself(), stranger)]
    os.chmod(file, 0o666)
    states.append(found(folder, stranger, log_file=str(file))["log_file"].state)

    assert states == ["ok", "fail", "ok", "fail", "warn"]


def test_a_key(folder: Path, stranger: Who) -> None:
    """
    The server has to read its key, and nobody else.
    """
    key = folder / "key.pem"
    key.touch()
    tls = ServerTls(certificate="c.pem", key=str(key))
    states = []
    for mode, who in ((0o600, Who.myself()), (0o644, Who.myself()), (0o600, stranger)):
        os.chmod(key, mode)
        states.append(found(folder, who, tls=tls)["tls key"].state)

    assert states == ["ok", "fail", "fail"]


def test_a_socket(folder: Path, stranger: Who) -> None:
    """
    A unix socket has to be within reach of those who deliver mail.
    """
    listen = Listen(path=str(folder / "in/s"))
    (folder / "in").mkdir()
    os.chmod(folder / "in", 0o755)
    open_to_all = found(folder, Who.myself(), stranger, listen=listen)["socket"]
    os.chmod(folder / "in", 0o700)
    closed = found(folder, Who.myself(), stranger, listen=listen)["socket"]
    os.chmod(folder / "in", 0o755)
    (folder / "in/s").touch(0o660)
    not_theirs = found(folder, Who.myself(), stranger, listen=listen)["socket"]

    assert [one.state for one in (open_to_all, closed, not_theirs)] == ["ok", "fail", "fail"]
    assert "stranger may not enter" in closed.detail
    assert "mail_access_groups" in not_theirs.advice


def test_who_serves(folder: Path) -> None:
    """
    Whose spool it is serves; without one, whose folder it is; in a folder of root's, who asks.
    """
    section = ServeSection(listen=Listen(host="127.0.0.1", port=1), spool=str(folder / "spool.db"))

    assert serving_user(section).uid == os.geteuid()
    if os.geteuid() == 0:
        os.chown(folder, 4_242_424, 4_242_424)
        assert serving_user(section).uid == 4_242_424


def test_secrets_in_the_configuration(folder: Path, stranger: Who) -> None:
    """
    A configuration with secrets in it is not for everybody, one without may be; the server has to read it.
    """
    file = folder / "luahost.yaml"
    said = []
    for text, mode, who in (
        ("plugin: {push_token: abc}", 0o644, Who.myself()),
        ("plugin: {push_url: 'http://push.example/'}", 0o644, Who.myself()),
        ("plugin: {push_token: abc}", 0o600, Who.myself()),
        ("plugin: {push_token: abc}", 0o600, stranger),
    ):
        file.write_text(text)
        os.chmod(file, mode)
        said.append(configuration_check(read_configuration(str(file)).settings(), who))

    assert [check.state if check else None for check in said] == ["warn", None, None, "fail"]
    assert said[0] is not None
    assert "plugin/push_token" in said[0].detail
    assert "abc" not in said[0].detail

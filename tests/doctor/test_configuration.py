"""
What a configuration says.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.config import read_configuration
from luahost.doctor import Check
from luahost.doctor.configuration import configuration_checks, scripts_of


def checks(folder: Path, text: str) -> list[Check]:
    """
    What is said of a ``luahost.yaml``.
    """
    file = folder / "luahost.yaml"
    file.write_text(text)
    return list(configuration_checks(read_configuration(str(file))))


SERVE = "serve: {listen: '127.0.0.1:1', spool: s}\n"


def test_a_good_one(tmp_path: Path) -> None:
    """
    What is the same for all services is told once.
    """
    found = checks(tmp_path, SERVE + "drivers: [dlog]\n")

    assert [check.state for check in found] == ["ok", "ok"]
    assert found[1].name == "drivers of lmtp, lda, imap, doveadm"


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        ("drivers: [dlog]\n", "warn", "no section serve"),
        (SERVE + "drivers: []\n", "fail", "no driver is named"),
        (SERVE + "drivers: [dlog]\nmail_plugins: [notify]\n", "fail", "push is off"),
        (
            SERVE + "drivers: [dlog]\nmail_plugins: [push_notification]\n",
            "fail",
            "Plugin notify must be loaded",
        ),
        (
            SERVE + "drivers: [lua]\nmail_plugins: {imap: [notify, push_notification]}\n",
            "fail",
            "push_notification_lua is not among",
        ),
    ],
)
def test_what_would_not_run(tmp_path: Path, text: str, state: str, words: str) -> None:
    """
    What runs nothing is told, with what is missing.
    """
    assert any(check.state == state and words in check.detail for check in checks(tmp_path, text))


def test_scripts(tmp_path: Path) -> None:
    """
    Each script is looked at once, whatever it is called; one that is different for each user is not.
    """
    file = tmp_path / "luahost.yaml"
    file.write_text(
        "drivers: [{driver: lua, file: a.lua}, {driver: LUA, file: ./a.lua}, {driver: lua, file: '%d.lua'}]"
    )

    assert [name for name, _ in scripts_of(read_configuration(str(file)))] == [str(tmp_path / "a.lua")]

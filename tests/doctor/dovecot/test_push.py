"""
Whether a Dovecot's configuration pushes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.doctor import Check, Who
from luahost.doctor.dovecot import dovecot_checks, dovecot_of_file

HEAD = "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n"
ALL = "mail_plugins = mail_lua notify push_notification push_notification_lua\n"


def checks(folder: Path, text: str, mail: Who | None = None, dialect: str | None = None) -> list[Check]:
    """
    What is said of a Dovecot with this configuration, but for what is installed here.
    """
    file = folder / "doveconf.txt"
    file.write_text(text)
    found = dovecot_checks(dovecot_of_file(str(file), mail), dialect)
    return [check for check in found if check.name not in ("plugins", "dovecot.http", "LuaSocket")]


def test_a_good_one(tmp_path: Path) -> None:
    """
    The version, the dialect that its scripts want, where push is on, and what runs there.
    """
    text = HEAD + ALL + "plugin {\n push_notification_driver = dlog\n}\n"
    version, push, drivers = checks(tmp_path, text)

    assert "Dovecot 2.3.19.1" in version.detail
    assert "dialect 2.3" in version.detail
    assert push.detail == "on for lmtp, lda, imap, doveadm"
    assert (drivers.state, drivers.detail) == ("ok", "dlog")


def test_a_plugin_that_stops_all_mail(tmp_path: Path) -> None:
    """
    Without ``mail_lua`` a Dovecot with Lua push delivers nothing at all; that is said, with its own words.
    """
    text = HEAD + ALL.replace("mail_lua ", "") + "plugin {\n push_notification_driver = lua:file=/x.lua\n}\n"
    found = checks(tmp_path, text)

    broken = next(check for check in found if check.name == "plugins of lmtp, lda, imap, doveadm")
    assert broken.state == "fail"
    assert "undefined symbol: dlua_dovecot_register" in broken.detail
    assert "no mail is delivered" in broken.advice


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        (HEAD, "warn", "no service pushes"),
        (HEAD + "plugin {\n push_notification_driver = dlog\n}\n", "fail", "no service loads the plugin"),
        (HEAD + ALL, "warn", "none is configured"),
        (
            HEAD + "mail_plugins = notify push_notification\n"
            "plugin {\n push_notification_driver = lua:file=/x.lua\n}\n",
            "fail",
            "push_notification_lua is not loaded",
        ),
    ],
)
def test_what_pushes_nothing(tmp_path: Path, text: str, state: str, words: str) -> None:
    """
    Plugins without drivers, drivers without plugins, and neither.
    """
    assert any(check.state == state and words in check.detail for check in checks(tmp_path, text))


def test_services_differ(tmp_path: Path) -> None:
    """
    What is wrong for one service only is said of that one.
    """
    text = HEAD + f"protocol lmtp {{\n {ALL}}}\nplugin {{\n push_notification_driver = dlog\n}}\n"
    found = {check.name: check for check in checks(tmp_path, text)}

    assert found["push"].detail == "on for lmtp; off for lda, imap, doveadm"
    assert found["drivers of lmtp"].state == "ok"


def test_dialects(tmp_path: Path) -> None:
    """
    Scripts that are run as another version's are a warning; the documented dialect is a choice.
    """
    states = {
        dialect: any(check.name == "dialect" for check in checks(tmp_path, HEAD + ALL, dialect=dialect))
        for dialect in ("documented", "2.3", "2.4")
    }

    assert states == {"documented": False, "2.3": False, "2.4": True}


def test_version_2_4(tmp_path: Path) -> None:
    """
    A configuration of 2.4 is read as such.
    """
    text = (
        "dovecot_config_version = 2.4.1\nmail_plugins {\n notify = yes\n push_notification = yes\n}\n"
        "push_notification dlog {\n}\n"
    )
    version, _, drivers = checks(tmp_path, text)

    assert "dialect 2.4" in version.detail
    assert drivers.detail == "dlog"

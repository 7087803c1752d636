"""
``luahost config show``: what luahost makes of an admin's configuration, and where each setting stands.
"""

from __future__ import annotations

from pathlib import Path

from tests.cli.command_line import luahost


def test_show(tmp_path: Path) -> None:
    """
    Every setting for push with its file and line, secrets hidden.
    """
    (tmp_path / "dovecot.conf").write_text(
        "mail_plugins = $mail_plugins acl\n!include conf.d/*.conf\nssl = no\n"
    )
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/90-push.conf").write_text(
        "protocol lmtp {\n  mail_plugins = $mail_plugins notify push_notification\n}\nplugin {\n"
        "  push_notification_driver = ox:url=http://login:secret@h/%u  token=a\n  note = 'a # b'\n}\n"
    )

    done = luahost("config", "show", "-c", "dovecot.conf", cwd=tmp_path)
    imap = luahost("config", "show", "-c", "dovecot.conf", "--service", "imap", "--user", "al", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    assert shown(done.stdout) == [
        ("", "dovecot.conf: Dovecot 2.3, for lmtp"),
        ("", "push is on for lmtp"),
        ("mail_plugins = acl notify push_notification", "conf.d/90-push.conf:2"),
        (
            "plugin/push_notification_driver = ox:url=http://<hidden>@h/%u  token=<hidden>",
            "conf.d/90-push.conf:5",
        ),
        ('plugin/note = "a # b"', "conf.d/90-push.conf:6"),
    ]
    off = "push is off for imap: push_notification is not among its mail_plugins (only acl)"
    assert shown(imap.stdout)[1:4] == [
        ("", f"{off}; it is on for lmtp"),
        ("mail_plugins = acl", "dovecot.conf:1"),
        (
            "plugin/push_notification_driver = ox:url=http://<hidden>@h/al  token=<hidden>",
            "conf.d/90-push.conf:5",
        ),
    ]


def shown(said: bytes) -> list[tuple[str, str]]:
    """
    Each line of ``config show``: the setting, and what stands behind the last ``#``.
    """
    parts = [line.rpartition("# ") for line in said.decode().splitlines()]
    return [(setting.strip(), place) for setting, _, place in parts]


def test_show_what_dovecot_would_not_run_with(tmp_path: Path) -> None:
    """
    A plugin that is missing ends with 2, after everything has been shown.
    """
    (tmp_path / "luahost.yaml").write_text("mail_plugins: push_notification\nplugin: {a: b}\n")

    done = luahost("config", "show", cwd=tmp_path)

    assert done.returncode == 2
    assert "plugin/a = b" in done.stdout.decode()
    assert done.stderr.decode().startswith("luahost: luahost.yaml:1: Couldn't load required plugin ")

"""
The settings for a service: which drivers, whether push is on, variables, and what is not shown.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import luahost
from luahost.config.configuration import read_configuration
from luahost.config.origin import ConfigError
from luahost.config.plugins import check_plugins, missing_lua_plugin, push_of
from luahost.config.secrets import masked
from luahost.drivers import DriverEntry
from luahost.effects import Log
from luahost.store import MailUser
from tests.config.conftest import Configure

USER = MailUser("bob@example.org", home="/home/bob", service="lmtp", userdb={"token": "t"})

ALL_PLUGINS = "mail_plugins = notify push_notification mail_lua push_notification_lua\n"
BLOCK = (
    "plugin {\n  push_notification_driver = lua:file=/etc/dovecot/push.lua\n  push_lua_url = http://h/%n\n}\n"
)


def test_a_plugin_block_alone(configure: Configure) -> None:
    """
    The block that a mail admin copies from production is enough: push counts as on, and that is said.
    """
    settings = configure(BLOCK).settings()

    assert settings.dialect == "2.3"
    assert settings.mail_plugins is None
    assert settings.drivers() == [
        DriverEntry(name="lua", options={"file": "/etc/dovecot/push.lua"}, text="file=/etc/dovecot/push.lua")
    ]
    push = push_of(settings)
    assert (push.on, push.why) == (True, "push counts as on for lmtp: dovecot.conf sets no mail_plugins")
    check_plugins(settings)


def test_whole_configuration(configure: Configure) -> None:
    """
    Push is on for the services whose plugins have it.
    """
    text = (
        "mail_plugins = acl\nprotocol lmtp {\n  mail_plugins = $mail_plugins notify push_notification "
        "mail_lua push_notification_lua\n}\nprotocol sieve {\n}\n" + BLOCK
    )
    configuration = configure(text)

    assert configuration.services() == ["lmtp", "lda", "imap", "doveadm"]
    assert configuration.services_with_push() == ["lmtp"]
    assert push_of(configuration.settings("imap")).why == (
        "push is off for imap: push_notification is not among its mail_plugins (only acl)"
    )
    assert [entry.registered for entry in configuration.settings("lmtp").drivers()] == [True]


def test_variables(configure: Configure) -> None:
    """
    Variables are replaced in every plugin setting, before the list of drivers is taken apart.
    """
    text = (
        "plugin {\n  push_notification_driver = %Ls:%{if;%n;eq;bob;file=/b.lua x=%d;}\n  home = %h 100%%\n}\n"
    )
    settings = configure(text).settings().expanded(USER)

    assert settings.plugin == {
        "push_notification_driver": "lmtp:file=/b.lua x=example.org",
        "home": "/home/bob 100%",
    }
    assert settings.drivers()[0].options == {"file": "/b.lua", "x": "example.org"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            "%{nosuch}",
            "dovecot.conf:2: Failed to expand plugin setting k = '%{nosuch}': Unknown variable '%nosuch'",
        ),
        (
            "http://u:secret@h/%2F",
            "setting k = 'http://<hidden>@h/%2F': Unknown variable '%F'; write %% for a %",
        ),
        (
            "%{if;a}",
            "Failed to expand plugin setting k = '%{if;a}': if: requires four or five parameters, got 1",
        ),
    ],
)
def test_unknown_variables(configure: Configure, value: str, words: str) -> None:
    """
    An unknown variable in any plugin setting makes Dovecot refuse the user; luahost says which and where.
    """
    settings = configure(f"plugin {{\n  k = {value}\n}}\n").settings()

    with pytest.raises(ConfigError) as caught:
        settings.expanded(USER)

    assert words in str(caught.value)


def test_variables_of_2_4(configure: Configure) -> None:
    """
    In 2.4's syntax variables are in braces and have filters, and ``%u`` is text.
    """
    text = (
        "dovecot_config_version = 2.4.1\nlua_settings {\n  a = %u %{user | upper}\n}\n"
        "push_notification x {\n  driver = lua\n  lua_file = x.lua\n"
        "  lua_settings {\n    b = %{userdb:token}\n  }\n}\n"
    )
    settings = configure(text).settings().expanded(USER)

    assert settings.lua_settings == {"a": "%u BOB@EXAMPLE.ORG"}
    assert settings.drivers()[0].lua_settings == {"a": "%u BOB@EXAMPLE.ORG", "b": "t"}
    assert settings.script_settings() == {"a": "%u BOB@EXAMPLE.ORG", "b": "t"}

    broken = configure(text.replace("%{user | upper}", "%{nosuch}")).settings()
    with pytest.raises(
        ConfigError, match=r"dovecot.conf:3: Failed to expand setting .*Unknown variable 'nosuch'"
    ):
        broken.expanded(USER)


REQUIREMENTS = {
    "push_notification": (
        "Plugin notify must be loaded also (you must set: mail_plugins=$mail_plugins notify)",
        "notify",
    ),
    "notify push_notification push_notification_lua": ("undefined symbol: dlua_dovecot_register", "mail_lua"),
    "mail_lua push_notification_lua": ("undefined symbol: push_notification_get_events", "push_notification"),
}


@pytest.mark.parametrize("plugins", REQUIREMENTS)
def test_requirements(configure: Configure, plugins: str) -> None:
    """
    A plugin without those that it needs ends Dovecot's process; its words, and which one to add.
    """
    words, needed = REQUIREMENTS[plugins]

    with pytest.raises(ConfigError) as caught:
        check_plugins(configure(f"mail_plugins = {plugins}\n").settings())

    assert str(caught.value).startswith(
        "dovecot.conf:1: Couldn't load required plugin /usr/lib/dovecot/modules/lib2"
    )
    assert words in str(caught.value)
    assert f"cannot do without {needed}: add that to the mail_plugins of lmtp" in str(caught.value)


def test_lua_without_its_plugin(configure: Configure) -> None:
    """
    Without push_notification_lua Dovecot knows no driver lua; dlog is known all the same.
    """
    text = (
        "mail_plugins = notify push_notification\nplugin {\npush_notification_driver = dlog\n"
        "push_notification_driver2 = LUA:file=x\n}\n"
    )
    settings = configure(text).settings()

    check_plugins(settings)
    assert [entry.registered for entry in settings.drivers("2.3")] == [True, False]
    assert missing_lua_plugin(settings, "2.3") == (
        "push_notification_lua is not among the mail_plugins of lmtp, so Dovecot knows no driver lua; "
        "add mail_lua and push_notification_lua"
    )
    assert missing_lua_plugin(configure(ALL_PLUGINS + BLOCK).settings(), "2.3") is None


def test_mail_lua_script(configure: Configure) -> None:
    """
    The script of mail_lua counts where that plugin is loaded, or where nothing is said of plugins.
    """
    script = "plugin {\n  mail_lua_script = /m.lua\n}\n"

    assert configure(script).settings().mail_lua_script == "/m.lua"
    assert configure(ALL_PLUGINS + script).settings().mail_lua_script == "/m.lua"
    assert configure("mail_plugins = acl\n" + script).settings().mail_lua_script is None
    assert configure("plugin {\n  mail_lua_script =\n}\n").settings().mail_lua_script is None


def test_shown(configure: Configure) -> None:
    """
    Settings are shown with their places, and without what opens doors.
    """
    text = (
        "mail_plugins = notify # c\nplugin {\n"
        "  push_notification_driver = ox:url=http://%u:p@h:8009/x?token=abc&y=1 a\n"
        "  push_api_key = s3cret\n  push_lua_url = https://login@h/\n}\n"
    )
    settings = configure(text).settings()

    assert [(name, value, str(origin)) for name, value, origin in settings.shown()] == [
        ("mail_plugins", "notify", "dovecot.conf:1"),
        (
            "plugin/push_notification_driver",
            "ox:url=http://<hidden>@h:8009/x?token=<hidden>&y=1 a",
            "dovecot.conf:3",
        ),
        ("plugin/push_api_key", "<hidden>", "dovecot.conf:4"),
        ("plugin/push_lua_url", "https://<hidden>@h/", "dovecot.conf:5"),
    ]


SECRETS = {
    ("password", "x"): "<hidden>",
    ("push_pass", "x"): "<hidden>",
    ("smtp_passwd", "x"): "<hidden>",
    ("auth_token", "x"): "<hidden>",
    ("apikey", "x"): "<hidden>",
    ("key", "x"): "<hidden>",
    ("tls_private_key", "x"): "<hidden>",
    ("client_secret", ""): "",
    ("keyboard", "x"): "x",
    ("monkey", "x"): "x",
    ("compass", "x"): "<hidden>",
    ("bypass_proxy", "x"): "<hidden>",
    ("passive", "x"): "x",
    ("url", "http://h/?a=1&password=p;b=2"): "http://h/?a=1&password=<hidden>;b=2",
    ("url", "http://u:p@x.org:q@h/"): "http://<hidden>@h/",
    ("driver", "lua:file=/x.lua secret=s other=o"): "lua:file=/x.lua secret=<hidden> other=o",
    ("mail", "bob@example.org"): "bob@example.org",
}


@pytest.mark.parametrize("case", SECRETS)
def test_secrets(case: tuple[str, str]) -> None:
    """
    What is called like a secret is hidden, rather too much than too little; other text is not.
    """
    assert masked(*case) == SECRETS[case]


def test_in_python(configure: Configure, tmp_path: Path) -> None:
    """
    The few lines of the documentation host a configuration's drivers.
    """
    (tmp_path / "push.lua").write_text(
        "function dovecot_lua_notify_begin_txn(user) return user end\n"
        "function dovecot_lua_notify_end_txn() end\n"
        "function dovecot_lua_notify_event_message_new(user, event)\n"
        "  dovecot.i_info(user:plugin_getenv('push_lua_url')) end\n"
    )
    configure(BLOCK.replace("/etc/dovecot", str(tmp_path)))
    settings = luahost.read_configuration("dovecot.conf").settings("lmtp").expanded(USER)
    host = luahost.Host(
        drivers=settings.drivers(),
        settings=settings.script_settings(),
        mail_lua_script=settings.mail_lua_script,
        dialect=settings.dialect,
    )

    with host.session(USER) as session:
        session.notify(luahost.MessageNew(mailbox="INBOX", uid=1, uid_validity=7))

    assert [effect.text for effect in session.effects if isinstance(effect, Log)] == ["http://h/bob"]


def test_no_file() -> None:
    """
    A configuration that is not there is the operator's error.
    """
    for name in ("nosuch.conf", "nosuch.yaml"):
        with pytest.raises(ConfigError, match=f"{name}: no such file"):
            read_configuration(name)

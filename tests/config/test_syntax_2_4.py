"""
Dovecot 2.4's syntax: blocks, lists, groups, variables, and what it does not take.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.config.origin import ConfigError
from luahost.config.settings import Settings
from luahost.drivers import DriverEntry
from tests.config.conftest import Configure

VERSION = "dovecot_config_version = 2.4.1\n"


def entry(name: str, block: str, lua_settings: dict[str, str] | None = None, **options: str) -> DriverEntry:
    """
    The driver of a block.
    """
    setting = f"push_notification {block}"
    return DriverEntry(name=name, options=options, setting=setting, lua_settings=lua_settings or {})


def values(settings: Settings) -> dict[str, str]:
    """
    Every setting by name.
    """
    return {name: value for name, value, _ in settings.shown()}


def test_output_of_doveconf(configure: Configure) -> None:
    """
    The output of ``doveconf -n`` of 2.4.1: everything is found that is for push.
    """
    shown = Path(__file__).parent / "doveconf-n-2.4.1.conf"
    settings = configure(shown.read_text("utf-8")).settings("imap")

    assert settings.syntax == "Dovecot 2.4"
    assert settings.dialect == "2.4"
    assert settings.mail_plugins == ("mail_lua", "notify", "push_notification", "push_notification_lua")
    assert settings.drivers() == [
        entry(
            "lua",
            "lua",
            {
                "push_lua_url": "http://127.0.0.1:8080/handler",
                "greeting": "good morning",
                "who": "user=%{user}",
                "quota": "%{userdb:quota}",
                "limit": "42",
            },
            lua_file="/etc/dovecot/push.lua",
        ),
        entry("lua", "second", lua_file="/etc/dovecot/second.lua"),
    ]
    assert settings.mail_lua_script == "/etc/dovecot/mail.lua"
    assert settings.notes == ()


PREFIXES = {
    "push_notification ox {\nurl = u\n}\n": entry("ox", "ox", ox_url="u"),
    "push_notification ox {\nox_url = u\n}\n": entry("ox", "ox", ox_url="u"),
    "push_notification ox {\npush_notification_ox_url = u\n}\n": entry("ox", "ox", ox_url="u"),
    "push_notification a {\ndriver = ox\nox_cache_ttl = 5s\n}\n": entry("ox", "a", ox_cache_ttl="5s"),
    "push_notification a {\npush_notification_driver = DLOG\n}\n": entry("DLOG", "a"),
    "push_notification dlog {\n}\n": entry("dlog", "dlog"),
    'push_notification "a b" {\ndriver = dlog\n}\n': entry("dlog", "a b"),
    "push_notification ox {\nhttp_client_request_timeout = 2s\n}\n": entry(
        "ox", "ox", http_client_request_timeout="2s"
    ),
    "push_notification lua {\nlua_file = f\n}\npush_notification lua {\nlua_settings {\na = 1\n}\n}\n": entry(
        "lua", "lua", {"a": "1"}, lua_file="f"
    ),
    "lua_file = f\nlua_settings {\na = 1\nb = 2\n}\npush_notification x {\ndriver = lua\n"
    "lua_settings {\nb = 3\n}\n}\n": entry("lua", "x", {"a": "1", "b": "3"}, lua_file="f"),
    "push_notification/lua/lua_file = f\n": entry("lua", "lua", lua_file="f"),
    'push_notification lua {\nlua_settings {\n"a/b" = 1\nc/d = 2\n}\n}\n': entry(
        "lua", "lua", {"a/b": "1", "c/d": "2"}
    ),
    "push_notification lua {\nlua_settings {\na = 1\n}\nlua_settings =\nlua_settings {\nb = 2\n}\n}\n": entry(
        "lua", "lua", {"b": "2"}
    ),
    "push_notification lua {\nprotocol lmtp {\nlua_file = l\n}\nlua_file = g\n}\n": entry(
        "lua", "lua", lua_file="l"
    ),
    "protocol lmtp {\npush_notification lua {\nlua_file = l\n}\n}\n": entry("lua", "lua", lua_file="l"),
}


@pytest.mark.parametrize("text", PREFIXES)
def test_blocks(configure: Configure, text: str) -> None:
    """
    A setting of a block is one setting, whichever of its prefixes it is written with.
    """
    assert configure(VERSION + text).settings("lmtp").drivers() == [PREFIXES[text]]


LISTS = {
    "mail_plugins = a b,c\n": ["a", "b", "c"],
    'mail_plugins = "a b"\n': ["a", "b"],
    'mail_plugins = a "b"\n': ["a", "b"],
    "mail_plugins {\na = yes\nb = no\nc = YES\n}\n": ["a", "c"],
    "mail_plugins = a b\nmail_plugins {\nc = yes\nb = no\n}\n": ["a", "c"],
    "mail_plugins {\na = yes\n}\nmail_plugins = b\n": ["b"],
    "mail_plugins = a\nprotocol lmtp {\nmail_plugins {\nb = yes\n}\n}\n": ["a", "b"],
    "protocol lmtp {\nmail_plugins {\nb = yes\n}\n}\nmail_plugins {\na = yes\n}\n": ["a", "b"],
    "mail_plugins = a\nprotocol lmtp {\nmail_plugins = b\n}\n": ["b"],
    "mail_plugins = a\nprotocol imap {\nmail_plugins = b\n}\n": ["a"],
    "mail_plugins = a\nlocal 10.0.0.0/24 {\nprotocol lmtp {\nmail_plugins = b\n}\n}\n": ["a"],
    "mail_plugins = a\nmail_plugins = $SET:mail_plugins b\n": ["a", "b"],
    "mail_plugins/a = yes\n": ["a"],
    "group @plugins push {\nmail_plugins {\nb = yes\n}\n}\nmail_plugins = a\n@plugins = push\n": ["a", "b"],
    "@plugins = push\nmail_plugins = a\ngroup @plugins push {\nmail_plugins {\nb = yes\n}\n}\n": ["a"],
    "mail_plugins =\n": [],
}


@pytest.mark.parametrize("text", LISTS)
def test_lists(configure: Configure, text: str) -> None:
    """
    A list is set anew by ``=`` and added to in a block; a protocol's comes on top.
    """
    assert list(configure(VERSION + text).settings("lmtp").mail_plugins or ()) == LISTS[text]


def test_no_plugins(configure: Configure) -> None:
    """
    A configuration that never speaks of plugins has no list, not an empty one.
    """
    assert configure(VERSION + "lua_file = x\n").settings("lmtp").mail_plugins is None


VARIABLES = {
    "lua_settings {\na = $SET:base\n}\nbase = late\n": "late",
    "base = 1\nbase = $SET:base 2\nbase = $SET:base 3\nlua_settings {\na = x $SET:base y\n}\n": "x 1 2 3 y",
    "base = 1\nprotocol lmtp {\nbase = 2\n}\nlua_settings {\na = $SET:base\n}\n": "2",
    "service auth {\nclient_limit = 5\n}\nlua_settings {\na = $SET:service/auth/client_limit\n}\n": "5",
    "base = x\nlua_settings {\na = '$SET:base'\n}\n": "$SET:base",
    "base = x\nlua_settings {\na = a$SET:base\n}\n": "a$SET:base",
    "lua_settings {\na = $HOME $x\n}\n": "$HOME $x",
    "lua_settings {\na = $ENV:PUSH_HOST\n}\n": "push.example.org",
    "lua_settings {\na = <content\n}\n": "the content",
    "lua_settings {\na = %{user | upper}\n}\n": "%{user | upper}",
    "a = $SET:b\nb = $SET:c\nc = 1\nlua_settings {\na = $SET:a\n}\n": "1",
}


@pytest.mark.parametrize("text", VARIABLES)
def test_variables(configure: Configure, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """
    ``$SET:`` is what the setting is in the end, and what it was so far in its own value.
    """
    monkeypatch.setenv("PUSH_HOST", "push.example.org")
    settings = configure(VERSION + text, content="the content").settings("lmtp")

    assert settings.lua_settings == {"a": VARIABLES[text]}


REFUSED = {
    "plugin {\nk = v\n}\n": (2, "Dovecot 2.4 has no plugin { }"),
    "push_notification {\n}\n": (2, "push_notification needs a name"),
    "mail_plugins x {\n}\n": (2, "mail_plugins { } has no name"),
    "push_notification a {\npush_notification_lua_file = x\n}\n": (3, "write lua_file"),
    "push_notification a {\npush_notification_url = x\n}\n": (3, "Unknown setting: push_notification_url"),
    "push_notification_driver2 = dlog\n": (2, "Unknown setting: push_notification_driver2"),
    "mail_plugins = $mail_plugins notify\n": (2, "$mail_plugins is Dovecot 2.3's syntax"),
    "mail_plugins {\na = maybe\n}\n": (3, "mail_plugins { a } is yes or no"),
    "lua_settings = a b\n": (2, "lua_settings is a list of keys and values"),
    "lua_file = inline:return 1\n": (2, "Lua doesn't support inline content for lua_file"),
    "lua_file = <content\n": (2, "Lua doesn't support inline content for lua_file"),
    "push_notification a {\nlua_file = %{home}/x.lua\n}\n": (3, "crashes at every session"),
    "lua_settings {\na = $SET:nosuch\n}\n": (3, "Unknown variable: $SET:nosuch"),
    "a = $SET:b\nb = $SET:a\nlua_settings {\na = $SET:a\n}\n": (
        3,
        "goes round in a circle: lua_settings/a → a",
    ),
    "group @a b {\n@a = b\n}\n@a = b\n": (3, "includes itself"),
    "protocol lmtp {\nlocal 127.0.0.1 {\n}\n}\nprotocol lmtp {\nlocal 127.0.0.1 {\na = b\n}\n}\n": (
        7,
        "protocol { local { .. } } not allowed",
    ),
    "dovecot_config_version = 2.4.1\n": (2, "must be the first setting"),
    "push_notification a {\n": (2, "Missing '}'"),
    "}\n": (2, "Unexpected '}'"),
    "userdb system { driver = passwd }\n": (2, "Garbage after '{'"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(configure: Configure, text: str) -> None:
    """
    What 2.4 would not start with is refused with the line and what to do.
    """
    line, words = REFUSED[text]

    with pytest.raises(ConfigError) as caught:
        configure(VERSION + text, content="return 1\n").settings("lmtp")

    assert words in str(caught.value)
    assert caught.value.line == line


def test_push_without_a_block(configure: Configure) -> None:
    """
    ``push_notification =`` empties a list that is empty in a file; it names no driver.
    """
    assert configure(VERSION + "push_notification =\n").settings().drivers() == []


def test_unknown_group_is_noted(configure: Configure) -> None:
    """
    A group that is nowhere may be meant for push, and luahost says that it is left out.
    """
    settings = configure(VERSION + "namespace inbox {\n@mailbox_defaults = english\n}\n@a = b\n").settings()

    assert [str(note) for note in settings.notes] == [
        "dovecot.conf:5: no group @a b { } is here, so luahost leaves out what it sets"
    ]


def test_connection_filters_are_noted(configure: Configure) -> None:
    """
    What is for some connections only is left out, and luahost says so.
    """
    text = "remote 10.0.0.1 {\nmail_plugins {\nnotify = yes\n}\n}\n"

    assert [str(note) for note in configure(VERSION + text).settings().notes] == [
        "dovecot.conf:4: luahost has no connection, so what is for push in remote { } is left out"
    ]


def test_doubling_settings_end(configure: Configure) -> None:
    """
    Settings that double each other's values are refused before they fill the memory, or an hour.
    """
    doubling = "".join(f"s{number} = $SET:s{number + 1} $SET:s{number + 1}\n" for number in range(40))
    text = f"{VERSION}{doubling}s40 = 0123456789\nlua_settings {{\na = $SET:s0\n}}\n"
    with pytest.raises(ConfigError, match="longer than"):
        configure(text).settings()

    groups = "".join(
        f"group @g {number} {{\n@g = {number + 1}\n@g = {number + 1}\n}}\n" for number in range(40)
    )
    with pytest.raises(ConfigError, match="more than 10000 settings"):
        configure(f"{VERSION}{groups}@g = 0\n")

    itself = "base = 0123456789\n" + "base = $SET:base $SET:base\n" * 40
    with pytest.raises(ConfigError, match="longer than"):
        configure(VERSION + itself).settings()


def test_a_piece_of_a_configuration(configure: Configure) -> None:
    """
    A block of 2.4 alone is understood, with a note.
    """
    settings = configure("push_notification lua {\nlua_file = x.lua\n}\n").settings()

    assert settings.syntax == "Dovecot 2.4"
    assert [note.words for note in settings.notes] == [
        "this is Dovecot 2.4's syntax; a whole configuration begins with dovecot_config_version = 2.4.1"
    ]


@pytest.mark.parametrize("version", ["2.3.21", "3", "", "2.x", "2.4.1 x"])
def test_versions(configure: Configure, version: str) -> None:
    """
    A version that does not have this syntax is refused.
    """
    with pytest.raises(ConfigError, match="dovecot_config_version is a version such as"):
        configure(f"dovecot_config_version = {version}\n")


def test_every_line_has_its_place(configure: Configure) -> None:
    """
    Each setting knows its file and line, those of included files too.
    """
    text = VERSION + "push_notification lua {\n!include more.conf\n}\nmail_plugins = notify\n"
    settings = configure(text, **{"more.conf": "\nlua_file = x.lua\n"}).settings()

    assert [(name, str(origin)) for name, _, origin in settings.shown()] == [
        ("mail_plugins", "dovecot.conf:5"),
        ("push_notification/lua/driver", "dovecot.conf:2"),
        ("push_notification/lua/lua_file", "more.conf:2"),
    ]

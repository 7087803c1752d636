"""
Dovecot 2.4's syntax: lists, groups, variables, and what it does not take.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.config.origin import ConfigError
from luahost.config.settings import Settings
from tests.config.conftest import Configure, entry

VERSION = "dovecot_config_version = 2.4.1\n"


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


GROUP = (
    "group @push x {\npush_notification lua {\nlua_file = g\nlua_settings {\na = g\nc = g\n}\n}\n"
    "lua_settings {\nb = all\n}\n}\n"
)

GROUPED = {
    "@push = x\n" + GROUP: ("g", {"a": "g", "b": "all", "c": "g"}),
    GROUP + "protocol lmtp {\n@push = x\n}\n": ("g", {"a": "g", "b": "all", "c": "g"}),
    GROUP + "@push = x\npush_notification lua {\nlua_file = own\nlua_settings {\na = own\n}\n}\n": (
        "own",
        {"a": "own", "b": "all", "c": "g"},
    ),
    GROUP + "@push = x\nlua_settings {\nb = own\n}\n": ("g", {"a": "g", "b": "own", "c": "g"}),
    GROUP + "group @push y {\n}\npush_notification lua {\nlua_file = f\n}\n@push = x\n@push = y\n": ("f", {}),
}


@pytest.mark.parametrize("text", GROUPED)
def test_groups(configure: Configure, text: str) -> None:
    """
    What includes a group wins over it, wherever it stands, and of a label counts the last name.
    """
    file, lua_settings = GROUPED[text]
    drivers = configure(VERSION + text).settings("lmtp").drivers()

    assert drivers == [entry("lua", "lua", lua_settings, lua_file=file)]


LISTS = {
    "mail_plugins = a b,c\n": ["a", "b", "c"],
    'mail_plugins = "a b"\n': ["a", "b"],
    "mail_plugins = a 'b'\n": ["a", "'b'"],
    'mail_plugins = a "b"\n': ["a", "b"],
    "mail_plugins {\na = yes\nb = no\nc = YES\n}\n": ["a", "c"],
    "mail_plugins = a b\nmail_plugins {\nc = yes\nb = no\n}\n": ["a", "c"],
    "mail_plugins {\na = yes\n}\nmail_plugins = b\n": ["b"],
    "mail_plugins = a\nprotocol lmtp {\nmail_plugins {\nb = yes\n}\n}\n": ["a", "b"],
    "protocol lmtp {\nmail_plugins {\nb = yes\n}\n}\nmail_plugins {\na = yes\n}\n": ["a", "b"],
    "mail_plugins = a\nprotocol lmtp {\nmail_plugins = b\n}\n": ["b"],
    "mail_plugins = a\nprotocol imap {\nmail_plugins = b\n}\n": ["a"],
    "mail_plugins = a\nlocal 10.0.0.0/24 {\nprotocol lmtp {\nmail_plugins = b\n}\n}\n": ["a"],
    "mail_plugins = a\nprotocol lmtp {\nmail_plugins {\na = no\nb = 1\n}\n}\n": ["b"],
    "mail_plugins = a\nprotocol lmtp {\nmail_plugins =\nmail_plugins {\nb = Y\n}\n}\n": ["b"],
    "mail_plugins = a\nprotocol lmtp {\nmail_plugins {\nb = yes\n}\n}\n"
    "protocol !imap {\nmail_plugins = c\n}\n": ["c"],
    'mail_plugins = "\\"a b\\" c"\n': ["a b", "c"],
    "mail_plugins x {\na = yes\n}\n": ["a"],
    "mail_plugins/a = yes\n": ["a"],
    "group @plugins push {\nmail_plugins {\nb = yes\n}\n}\nmail_plugins = a\n@plugins = push\n": ["a"],
    "@plugins = push\nmail_plugins {\na = yes\n}\n"
    "group @plugins push {\nmail_plugins {\nb = yes\na = no\n}\n}\n": ["b", "a"],
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
    "base = 1\nlua_settings {\na = $SET:base\n}\nbase = late\n": "1",
    "lua_settings {\na = $SET:base_dir\n}\nbase_dir = late\n": "/run/dovecot",
    "base = 1\nbase = $SET:base 2\nbase = $SET:base 3\nlua_settings {\na = x $SET:base y\n}\n": "x 1 2 3 y",
    "base = 1\nprotocol lmtp {\nbase = $SET:base 2\nlua_settings {\na = $SET:base\n}\n}\n": "1 2",
    "base_dir = 1\nprotocol lmtp {\nlua_settings {\na = $SET:base_dir\n}\n}\n": "/run/dovecot",
    "base = x\nlua_settings {\na = '$SET:base'\n}\n": "$SET:base",
    "base = x\nlua_settings {\na = a$SET:base\n}\n": "a$SET:base",
    "lua_settings {\na = $HOME $x\n}\n": "$HOME $x",
    "lua_settings {\na = $ENV:PUSH_HOST\n}\n": "push.example.org",
    "lua_settings {\na = <content\n}\n": "the content",
    "lua_settings {\na = %{user | upper}\n}\n": "%{user | upper}",
    "c = 1\nb = $SET:c\na = $SET:b\nlua_settings {\na = $SET:a\n}\n": "1",
    "lua_settings {\nmail_plugins {\nb = yes\n}\na = 1\n}\n": "1",
}


@pytest.mark.parametrize("text", VARIABLES)
def test_variables(configure: Configure, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """
    ``$SET:`` is what the setting is so far in the same block, else its default; for itself what is outside.
    """
    monkeypatch.setenv("PUSH_HOST", "push.example.org")
    settings = configure(VERSION + text, content="the content").settings("lmtp")

    assert settings.lua_settings == {"a": VARIABLES[text]}


REFUSED = {
    "plugin {\nk = v\n}\n": (2, "Dovecot 2.4 has no plugin { }"),
    "push_notification {\n}\n": (2, "push_notification needs a name"),
    "mail_lua x {\n}\n": (2, "mail_lua { } must not have a section name"),
    "mail_lua {\nmail_lua_lua_file = x\n}\n": (3, "in mail_lua { } it is lua_file"),
    "push_notification = a\n": (2, "Setting is a named list filter"),
    "push_notification a {\ndriver = ox\nurl = x\n}\n": (4, "in a block that is not called ox it is ox_url"),
    "push_notification __a {\n}\n": (2, "must not begin with '__'"),
    "push_notification a {\nprotocol imap {\n}\n}\n": (
        3,
        "push_notification { protocol { .. } } not allowed",
    ),
    "namespace a {\nlocal 127.0.0.1 {\n}\n}\n": (3, "namespace { local { .. } } not allowed"),
    "protocol imap {\ngroup @a b {\n}\n}\n": (3, "groups must defined at top-level"),
    "@a = b\n": (2, "Unknown group label @a"),
    "group @a b {\n}\nprotocol imap {\n@a = c\n}\n": (5, "Unknown group @a=c"),
    "mail_plugins = $SET:mail_plugins b\n": (2, "Setting type can't be expanded to string"),
    'mail_plugins = a "b\n': (2, "is not closed"),
    'mail_plugins = a"b"\n': (2, "in the middle"),
    "push_notification a {\npush_notification_lua_file = x\n}\n": (3, "write lua_file"),
    "push_notification a {\npush_notification_url = x\n}\n": (3, "Unknown setting: push_notification_url"),
    "push_notification_driver2 = dlog\n": (2, "Unknown setting: push_notification_driver2"),
    "mail_plugins = $mail_plugins notify\n": (2, "$mail_plugins is Dovecot 2.3's syntax"),
    "mail_plugins {\na = maybe\n}\n": (3, "Invalid boolean value: maybe (use yes or no): mail_plugins { a }"),
    "lua_settings = a b\n": (2, "Setting is a string list, use 'lua_settings {'"),
    "lua_file = inline:return 1\n": (2, "Lua doesn't support inline content for lua_file"),
    "lua_file = <content\n": (2, "Lua doesn't support inline content for lua_file"),
    "push_notification a {\nlua_file = %{home}/x.lua\n}\n": (3, "crashes at every session"),
    "lua_settings {\na = $SET:nosuch\n}\n": (3, "Unknown setting: nosuch"),
    "a = $SET:b\nb = 1\nlua_settings {\na = $SET:a\n}\n": (2, "Unknown setting: b"),
    "group @a b {\n@a = b\n}\n@a = b\n": (3, "Recursive include groups not allowed"),
    "protocol lmtp {\nlocal 127.0.0.1 {\n}\n}\n": (3, "protocol { local { .. } } not allowed"),
    "dovecot_config_version = 2.4.0\n": (2, "value can't be changed once set"),
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


def test_the_global_setting_after_a_filter_is_noted(configure: Configure) -> None:
    """
    What is set for all after it was set for a service does not change it there, and luahost says so.
    """
    text = "protocol lmtp {\nlua_file = in\n}\nlua_file = out\n"
    settings = configure(VERSION + text).settings("lmtp")

    assert settings.mail_lua_script == "in"
    assert [str(note) for note in settings.notes] == [
        "dovecot.conf:5: Global setting lua_file won't change the setting inside an earlier filter at "
        "dovecot.conf:3"
    ]


def test_a_default_in_a_filter_is_noted(configure: Configure) -> None:
    """
    In a filter Dovecot does not see what is set outside, and luahost says so.
    """
    text = "mail_home = /home\npush_notification lua {\nlua_settings {\na = $SET:mail_home\n}\n}\n"
    settings = configure(VERSION + text).settings()

    assert settings.drivers() == [entry("lua", "lua", {"a": ""})]
    assert [str(note) for note in settings.notes] == [
        "dovecot.conf:5: in push_notification { } Dovecot takes $SET:mail_home as its default (empty), "
        "not as it is set at dovecot.conf:2"
    ]


def test_groups_of_dovecot_are_left_alone(configure: Configure) -> None:
    """
    Dovecot brings groups for mailboxes and statistics along, which stand in no file.
    """
    settings = configure(VERSION + "namespace inbox {\n@mailbox_defaults = english\n}\n").settings()

    assert settings.notes == ()


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
    doubling = "".join(f"s{number + 1} = $SET:s{number} $SET:s{number}\n" for number in range(40))
    text = f"{VERSION}s0 = 0123456789\n{doubling}lua_settings {{\na = $SET:s40\n}}\n"
    with pytest.raises(ConfigError, match="longer than"):
        configure(text).settings()

    blocks = "".join(f"push_notification p{number} {{\n}}\n" for number in range(101))
    with pytest.raises(ConfigError, match="more than 100 blocks"):
        configure(VERSION + blocks).settings()

    itself = "lua_file = 0123456789\n" + "lua_file = $SET:lua_file $SET:lua_file\n" * 40
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


@pytest.mark.parametrize("version", ["2.3.21", "3", "", "2.x", "2.4", "2.4.1 x", "2.4.1-4"])
def test_versions(configure: Configure, version: str) -> None:
    """
    A version that does not have this syntax is refused.
    """
    with pytest.raises(ConfigError, match="dovecot_config_version is a version such as"):
        configure(f"dovecot_config_version = {version}\n")


def test_the_version_again(configure: Configure) -> None:
    """
    An included file may say the same version once more.
    """
    assert configure(VERSION + "lua_file = x\n" + VERSION).settings().mail_lua_script == "x"


def test_the_version_comes_first(configure: Configure) -> None:
    """
    In a file that has Dovecot 2.4's blocks nothing stands before the version.
    """
    with pytest.raises(ConfigError, match="The first setting must be dovecot_config_version"):
        configure("push_notification lua {\n}\n" + VERSION)


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

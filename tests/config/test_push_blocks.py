"""
Blocks ``push_notification NAME { … }`` of Dovecot 2.4: which drivers there are, and with what.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.store import MailUser
from tests.config.conftest import Configure, entry

VERSION = "dovecot_config_version = 2.4.1\n"


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
    "push_notification lua {\n}\npush_notification/lua/lua_file = f\n": entry("lua", "lua", lua_file="f"),
    "push_notification_driver = dlog\npush_notification x {\n}\n": entry("dlog", "x"),
    "push_notification_driver = dlog\npush_notification x {\ndriver = ox\nox_url = u\n}\n": entry(
        "ox", "x", ox_url="u"
    ),
    "push_notification_ox_url = u\npush_notification ox {\n}\n": entry("ox", "ox"),
    "push_notification_ox_url = u\npush_notification ox {\nox_cache_ttl = 5s\n}\n": entry(
        "ox", "ox", ox_url="u", ox_cache_ttl="5s"
    ),
    "http_client_request_timeout = 2s\npush_notification ox {\nurl = u\n}\n": entry(
        "ox", "ox", ox_url="u", http_client_request_timeout="2s"
    ),
    'push_notification lua {\nlua_settings {\n"a/b" = 1\nc/d = 2\n}\n}\n': entry(
        "lua", "lua", {"a/b": "1", "c/d": "2"}
    ),
    "push_notification lua {\nlua_settings {\na = 1\n}\nlua_settings =\nlua_settings {\nb = 2\n}\n}\n": entry(
        "lua", "lua", {"b": "2"}
    ),
    'push_notification lua {\nlua_settings {\n"a b" = 1\n"c\\"d"=2\n}\n}\n': entry(
        "lua", "lua", {"a b": "1", 'c\\"d': "2"}
    ),
    "lua_settings {\na = 1\nb = 2\n}\npush_notification lua {\nlua_settings =\n"
    "lua_settings {\na = 3\n}\n}\n": entry("lua", "lua", {"a": "3"}),
    "push_notification a {\ndriver = dlog\npush_notification a {\ndriver = lua\nlua_file = f\n}\n}\n": entry(
        "lua", "a", lua_file="f"
    ),
    "http_client_request_timeout = 2s\nssl_client_ca_file = f\n"
    "push_notification lua {\nlua_file = f\n}\n": entry(
        "lua", "lua", lua_file="f", http_client_request_timeout="2s"
    ),
    "protocol lmtp {\nlua_settings {\na = 1\n}\n}\n"
    "push_notification lua {\nlua_settings {\na = 2\n}\n}\n": entry("lua", "lua", {"a": "2"}),
    "protocol lmtp {\npush_notification lua {\nlua_file = l\n}\n}\n": entry("lua", "lua", lua_file="l"),
}


@pytest.mark.parametrize("text", PREFIXES)
def test_blocks(configure: Configure, text: str) -> None:
    """
    A setting of a block is one setting, whichever of its prefixes it is written with.
    """
    assert configure(VERSION + text).settings("lmtp").drivers() == [PREFIXES[text]]


OUTSIDE = "push_notification lua {\nlua_file = out\nlua_settings {\na = out\n}\n}\n"
INSIDE = "protocol lmtp {\npush_notification lua {\nlua_file = in\n}\n}\n"
NOTED = (
    "dovecot.conf:7: this push_notification lua { } wins over that in protocol { } above, "
    "since it begins after it"
)


@pytest.mark.parametrize(
    ("text", "file", "notes"), [(OUTSIDE + INSIDE, "in", []), (INSIDE + OUTSIDE, "out", [NOTED])]
)
def test_the_same_block_in_a_protocol(configure: Configure, text: str, file: str, notes: list[str]) -> None:
    """
    Of two blocks for the same driver wins the one that begins later, for the service or for all.
    """
    settings = configure(VERSION + text).settings("lmtp")

    assert settings.drivers() == [entry("lua", "lua", {"a": "out"}, lua_file=file)]
    assert [str(note) for note in settings.notes] == notes


def test_the_order_of_drivers(configure: Configure) -> None:
    """
    Blocks of a protocol come after those that are for all only, a group's before those of who includes it.
    """
    text = (
        "group @g x {\npush_notification five {\n}\n}\n@g = x\n"
        "push_notification three {\n}\npush_notification four {\n}\n"
        "protocol lmtp {\npush_notification four {\n}\npush_notification one {\n}\n}\n"
    )
    drivers = configure(VERSION + text).settings("lmtp").drivers()

    assert [driver.name for driver in drivers] == ["five", "three", "four", "one"]


def test_settings_of_mail_lua(configure: Configure) -> None:
    """
    The script of mail_lua has the settings of all and those of its block, and none of a driver's.
    """
    text = (
        "lua_settings {\na = all\nb = all\n}\nmail_lua {\nlua_file = m\nlua_settings {\nb = %{user}\n}\n}\n"
        "push_notification lua {\nlua_settings {\nb = lua\nc = lua\n}\n}\n"
    )
    settings = configure(VERSION + text).settings("lmtp")

    assert settings.mail_lua_settings == {"a": "all", "b": "%{user}"}
    assert settings.expanded(MailUser("bob")).mail_lua_settings == {"a": "all", "b": "bob"}
    assert ("mail_lua/lua_settings/b", "%{user}", "dovecot.conf:9") in [
        (name, value, str(origin)) for name, value, origin in settings.shown()
    ]


def test_a_script_stands_beside_the_file_that_names_it(configure: Configure) -> None:
    """
    A relative path is one from the folder of the configuration file.
    """
    Path("conf.d").mkdir()
    Path("conf.d/push.conf").write_text("push_notification lua {\nlua_file = push.lua\n}\n", "utf-8")
    settings = configure(VERSION + "!include conf.d/*.conf\n").settings()

    assert settings.drivers() == [entry("lua", "lua", lua_file="conf.d/push.lua")]

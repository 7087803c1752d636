"""
Which script a Lua driver loads: the plugin setting's, its own, or none. The mail-lua plugin's is elsewhere.
"""

from __future__ import annotations

import pytest

from luahost.drivers import DriverEntry
from luahost.effects import Log, Print
from luahost.host import Host
from tests.conftest import WriteScript

NO_FILE = "lua: No file in config and no push_notification_lua_script_file set"


def loaded(host: Host) -> list[str]:
    """
    What scripts print while they are loaded, and what is logged.
    """
    with host.session("bob") as session:
        pass
    return [effect.text.strip() for effect in session.effects if isinstance(effect, Print | Log)]


@pytest.mark.parametrize(
    ("dialect", "script_loaded"), [("documented", "setting"), ("2.3", "setting"), ("2.4", "own")]
)
def test_setting_wins(script: WriteScript, dialect: str, script_loaded: str) -> None:
    """
    ``push_notification_lua_script_file`` wins over an entry's file; in 2.4 it does not exist.
    """
    settings = {"push_notification_lua_script_file": script("print('setting')", "setting.lua")}
    entry = DriverEntry(name="lua", options={"file": script("print('own')", "own.lua")})

    assert loaded(Host(drivers=[entry], settings=settings, dialect=dialect)) == [script_loaded]


def test_setting_alone(script: WriteScript) -> None:
    """
    An entry without a file has the setting's.
    """
    settings = {"push_notification_lua_script_file": script("print('setting')")}

    assert loaded(Host(drivers=[DriverEntry(name="lua")], settings=settings, dialect="2.3")) == ["setting"]


@pytest.mark.parametrize("dialect", ["documented", "2.3", "2.4"])
def test_the_hosts_script_is_the_hosts_script(script: WriteScript, dialect: str) -> None:
    """
    A script that was given to the host is run, whatever the settings say.
    """
    settings = {"push_notification_lua_script_file": script("print('setting')", "setting.lua")}

    assert loaded(Host(script("print('own')"), settings=settings, dialect=dialect)) == ["own"]


@pytest.mark.parametrize(
    ("dialect", "words"),
    [("documented", NO_FILE), ("2.3", NO_FILE), ("2.4", "lua: lua_file setting is empty")],
)
def test_no_script_at_all(dialect: str, words: str) -> None:
    """
    A driver for which there is no script is off, and the log says why.
    """
    host = Host(drivers=[DriverEntry(name="lua")], dialect=dialect)

    assert loaded(host) == [words]


def test_an_empty_setting_is_a_file_without_a_name() -> None:
    """
    Where 2.3 finds an empty setting or option it looks for that file.
    """
    words = ["lua: access() failed: No such file or directory"]
    setting = {"push_notification_lua_script_file": ""}

    assert loaded(Host(drivers=[DriverEntry(name="lua")], settings=setting, dialect="2.3")) == words
    assert loaded(Host(drivers=[DriverEntry(name="lua", options={"file": ""})], dialect="2.3")) == words


def test_2_4_takes_no_inline_script() -> None:
    """
    2.4 has settings that hold a file's contents, but Lua does not take them.
    """
    entry = DriverEntry(name="lua", options={"lua_file": "inline:print(1)"})

    assert loaded(Host(drivers=[entry], dialect="2.4")) == [
        "lua: Lua doesn't support inline content for lua_file"
    ]


def test_2_3_debug_lines(script: WriteScript) -> None:
    """
    Only a script that the driver itself loads has its debug lines.
    """
    hooks = "function mail_user_created() end"
    host = Host(drivers=[DriverEntry(name="lua")], mail_lua_script=script(hooks), dialect="2.3", debug=True)
    path = script("", "own.lua")
    own = Host(drivers=[DriverEntry(name="lua", options={"file": path})], dialect="2.3", debug=True)

    assert loaded(host) == []
    assert loaded(own) == [f"lua: Loading {path}", "lua: Calling script_init"]

"""
``plugin { }`` of 2.3 written anew for 2.4.
"""

from __future__ import annotations

from pathlib import Path

from luahost.check.migration.configuration import for_script, from_plugin
from luahost.config import Settings, read_configuration

OLD = """\
mail_plugins = mail_lua notify push_notification push_notification_lua
plugin {
  push_notification_driver = lua:file=/etc/dovecot/push.lua
  push_notification_driver2 = ox:url=http://127.0.0.1/ox user_from_metadata timeout_msecs=500 max_retries=2
  push_notification_driver3 = lua:file=/etc/dovecot/other.lua
  push_notification_driver4 = dlog
  push_url = "http://127.0.0.1:8080/a b#c"
  push_name = "two words"
}
"""


def settings(path: Path, text: str) -> Settings:
    """
    What a configuration says.
    """
    path.write_text(text, "utf-8")
    return read_configuration(str(path)).settings()


def test_same_drivers(tmp_path: Path) -> None:
    """
    What is written is a configuration of 2.4 with the same drivers, scripts and settings.
    """
    old = settings(tmp_path / "old.conf", OLD)
    text = from_plugin(old.plugin, old.drivers("2.3"), ["push_url", "push_name"])
    new = settings(tmp_path / "new.conf", "dovecot_config_version = 2.4.1\n" + text)
    blocks = new.drivers("2.4")

    assert [block.name for block in blocks] == ["lua", "ox", "lua", "dlog"]
    assert [block.file for block in blocks] == ["/etc/dovecot/push.lua", None, "/etc/dovecot/other.lua", None]
    assert blocks[0].lua_settings == {name: old.plugin[name] for name in ("push_url", "push_name")}
    assert blocks[1].options["ox_url"] == "http://127.0.0.1/ox"
    assert blocks[1].options["http_client_request_timeout"] == "500ms"
    assert blocks[1].options["http_client_request_max_attempts"] == "3"
    assert set(new.mail_plugins or ()) == {"mail_lua", "notify", "push_notification", "push_notification_lua"}


def test_settings_nobody_names(tmp_path: Path) -> None:
    """
    Where it is not known what the script asks for, it gets all that are not Dovecot's own.
    """
    old = settings(tmp_path / "old.conf", OLD)

    assert "push_name = two words" in from_plugin(old.plugin, old.drivers("2.3"), [])


def test_without_a_configuration() -> None:
    """
    Without one the script's own wishes are there, for its owner to fill in.
    """
    assert "    push_url = …\n" in for_script("/etc/push.lua", ["push_url"])


def test_settings_of_another_script(tmp_path: Path) -> None:
    """
    What one script asks for by name does not take settings from another.
    """
    old = settings(tmp_path / "old.conf", OLD)
    text = from_plugin(old.plugin, old.drivers("2.3"), ["push_url"], "/etc/dovecot/push.lua")
    new = settings(tmp_path / "new.conf", "dovecot_config_version = 2.4.1\n" + text)

    assert [set(block.lua_settings or ()) for block in new.drivers("2.4") if block.name == "lua"] == [
        {"push_url"},
        {"push_url", "push_name"},
    ]

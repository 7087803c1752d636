"""
The hosts that a configuration names.
"""

from __future__ import annotations

from luahost.config.named_hosts import named_hosts
from luahost.store import MailUser
from tests.config.conftest import Configure


def test_hosts_of_settings_and_options(configure: Configure) -> None:
    """
    URLs count wherever they stand in settings and options, each with its port, once, and for this user.
    """
    settings = configure(
        """
        plugin:
          push_lua_url: https://login:password@push.example/new
          text: see http://push.example:8080/%u, or "http://[::1]:81/" and https://push.example/
          host: by-user-%n.example
          push_more: http://%n.users.example/
          bad: http:// http://a..b/ ftp://files.example/
        drivers:
          - {driver: lua, file: push.lua, settings: {other: "http://lua.example"}}
          - {driver: ox, options: {url: "http://ox.example:8009/push"}}
        """,
        "luahost.yaml",
    ).settings()

    assert named_hosts(settings.expanded(MailUser("bob"))) == (
        "push.example:443",
        "push.example:8080",
        "[::1]:81",
        "bob.users.example:80",
        "lua.example:80",
        "ox.example:8009",
    )


def test_none(configure: Configure) -> None:
    """
    A configuration without URLs names nobody.
    """
    assert named_hosts(configure("drivers: [dlog]", "luahost.yaml").settings()) == ()

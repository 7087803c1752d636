"""
Dovecot's mail plugins: whether push is on, and what it needs beside itself.

Dovecot loads plugins in the order of their files' names, and ends the process at the first that lacks
another one. So push without ``notify`` is no push at all, and no mail either.
"""

from __future__ import annotations

from luahost.config.origin import Origin
from luahost.config.settings import LUA_PLUGIN, Settings
from luahost.dataclass import dataclass

PUSH_PLUGIN = "push_notification"

MODULES = "/usr/lib/dovecot/modules"
"""Where Debian has the plugins."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """
    A plugin that another one needs.

    Attributes:
        plugin: Who needs it.

        needs: What is needed.

        complaint: What Dovecot says without it.
    """

    plugin: str
    needs: str
    complaint: str


REQUIREMENTS = (
    Requirement(
        PUSH_PLUGIN,
        "notify",
        f"Couldn't load required plugin {MODULES}/lib20_push_notification_plugin.so: Plugin notify must be "
        "loaded also (you must set: mail_plugins=$mail_plugins notify)",
    ),
    Requirement(
        LUA_PLUGIN,
        "mail_lua",
        f"Couldn't load required plugin {MODULES}/lib22_push_notification_lua_plugin.so: dlopen() failed: "
        f"{MODULES}/lib22_push_notification_lua_plugin.so: undefined symbol: dlua_dovecot_register",
    ),
    Requirement(
        LUA_PLUGIN,
        PUSH_PLUGIN,
        f"Couldn't load required plugin {MODULES}/lib22_push_notification_lua_plugin.so: dlopen() failed: "
        f"{MODULES}/lib22_push_notification_lua_plugin.so: undefined symbol: push_notification_get_events",
    ),
)
"""In the order in which Dovecot 2.3.19.1 comes upon them."""


@dataclass(frozen=True, slots=True)
class Push:
    """
    Whether a service has push notifications, and why.
    """

    on: bool
    why: str


def push_of(settings: Settings) -> Push:
    """
    Whether push is on for the service of these settings.

    Without a word about plugins in the configuration it counts as on: then it is a piece of one, and a
    driver in it is meant to run.
    """
    service, plugins = settings.service, settings.mail_plugins
    if plugins is None:
        return Push(True, f"push counts as on for {service}: {settings.file} sets no mail_plugins")
    if PUSH_PLUGIN in plugins:
        return Push(True, f"push is on for {service}")
    found = f"only {' '.join(plugins)}" if plugins else "none"
    words = f"push is off for {service}: {PUSH_PLUGIN} is not among its mail_plugins ({found})"
    return Push(False, words)


def check_plugins(settings: Settings) -> None:
    """
    Refuse a list of plugins with which Dovecot would not run.

    Raises:
        ConfigError: In Dovecot's words, and with what to do.
    """
    plugins = settings.mail_plugins or ()
    for requirement in REQUIREMENTS:
        if requirement.plugin in plugins and requirement.needs not in plugins:
            place = settings.origins.get("mail_plugins") or Origin(settings.file, 1)
            raise place.error(
                f"{requirement.complaint}. {requirement.plugin} cannot do without {requirement.needs}: "
                f"add that to the mail_plugins of {settings.service}"
            )


def missing_lua_plugin(settings: Settings, dialect: str) -> str | None:
    """
    What to say if the list has a Lua driver and the plugin that brings it is not loaded; None if all is well.
    """
    if all(entry.registered for entry in settings.drivers(dialect)):
        return None
    return (
        f"{LUA_PLUGIN} is not among the mail_plugins of {settings.service}, so Dovecot knows no driver lua; "
        f"add mail_lua and {LUA_PLUGIN}"
    )

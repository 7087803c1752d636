"""
What Dovecot 2.4's configuration says about push.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from luahost.config.boolean_list import truth
from luahost.config.lines import beside
from luahost.config.origin import Note, Origin
from luahost.config.push_blocks import MAIL_LUA, PUSH
from luahost.config.settings import Settings
from luahost.config.syntax_2_4 import Configuration24, Found
from luahost.config.values import Value
from luahost.drivers import DriverEntry
from luahost.drivers.entry import HTTP_CLIENT

MAIL_PLUGINS = "mail_plugins"
LUA_FILE = "lua_file"
LUA_SETTINGS = "lua_settings"
OX = f"{PUSH}_ox_"
INHERITED = {"lua": (LUA_FILE, HTTP_CLIENT), "ox": (HTTP_CLIENT, "ssl_client_")}
"""Beginnings of the settings that a driver has from outside of its block, too."""


def settings_2_4(
    configuration: Configuration24, *, file: str, service: str, notes: Sequence[Note]
) -> Settings:
    """
    The settings for a service.

    Args:
        configuration: All that the files say.

        file: The first of them.

        service: Whose settings.

        notes: What was odd in reading them.

    Raises:
        ConfigError: A value that Dovecot 2.4.1 would not start with, or that would crash it.
    """
    general = configuration.values(service)
    says_plugins = configuration.sets(MAIL_PLUGINS)
    plugins = tuple(
        name for name, value in general.lists.get(MAIL_PLUGINS, {}).items() if truth(MAIL_PLUGINS, value)
    )
    origins = {LUA_FILE: general.values[LUA_FILE].origin} if LUA_FILE in general.values else {}
    for name, listed in general.lists.items():
        origins.update({f"{name}/{key}": value.origin for key, value in listed.items()})
        if listed:
            origins.setdefault(name, list(listed.values())[-1].origin)
    of_mail_lua = configuration.values(service, (MAIL_LUA, ""))
    script = of_mail_lua.values.get(LUA_FILE)
    if script is not None:
        origins["mail_lua_script"] = script.origin
    given = of_mail_lua.lists.get(LUA_SETTINGS, {})
    origins.update({f"{MAIL_LUA}/{LUA_SETTINGS}/{key}": value.origin for key, value in given.items()})
    loads_script = not says_plugins or MAIL_LUA in plugins
    return Settings(
        file=file,
        syntax="Dovecot 2.4",
        service=service,
        dialect="2.4",
        variables="filters",
        mail_plugins=plugins if says_plugins else None,
        blocks=tuple(block_entries(configuration, service, origins)),
        mail_lua_script=(lua_file(configuration, script) or None) if script and loads_script else None,
        mail_lua_settings=texts(configuration, given),
        lua_settings=texts(configuration, general.lists.get(LUA_SETTINGS, {})),
        origins=origins,
        notes=tuple(notes),
    )


def lua_file(configuration: Configuration24, value: Value) -> str:
    """
    The path of a script, beside the file that names it.

    Raises:
        ConfigError: Dovecot 2.4.1 refuses it, or dies of it.
    """
    path = configuration.text(value)
    check_lua_file(path, value.origin)
    return beside(value.origin.file, path) if path else ""


def check_lua_file(path: str, origin: Origin) -> None:
    """
    Refuse what Dovecot 2.4.1 refuses, or dies of.
    """
    if path.startswith("inline:") or "\n" in path:
        raise origin.error("Lua doesn't support inline content for lua_file; write the path of the file")
    if "%{" in path:
        raise origin.error(
            "lua_file holds a %{variable}, with which Dovecot 2.4.1 crashes at every session (SIGSEGV); "
            "write the whole path"
        )


def block_entries(
    configuration: Configuration24, service: str, origins: dict[str, Origin]
) -> Iterator[DriverEntry]:
    """
    The drivers of the ``push_notification`` blocks, in Dovecot's order.

    Args:
        configuration: All that the files say.

        service: Whose drivers.

        origins: Takes in where their settings are, by the names that ``Settings.shown`` has.
    """
    for block, begins in configuration.drivers(service).items():
        found = configuration.values(service, (PUSH, block))
        setting = f"{PUSH}/{block}"
        written = found.values.get(f"{PUSH}_driver")
        driver = (configuration.text(written) if written is not None else "") or block
        origins[f"{setting}/driver"] = written.origin if written is not None else begins
        options = {}
        for name, value in found.values.items():
            option = option_name(name)
            if option == "driver" or not (name in found.own or is_inherited(driver, name, found)):
                continue
            text = lua_file(configuration, value) if name == LUA_FILE else configuration.text(value)
            options[option] = text
            origins[f"{setting}/{option}"] = value.origin
        listed = found.lists.get(LUA_SETTINGS, {})
        origins.update({f"{setting}/{LUA_SETTINGS}/{key}": value.origin for key, value in listed.items()})
        yield DriverEntry(
            name=driver,
            options=options,
            setting=f"{PUSH} {block}",
            lua_settings=texts(configuration, listed),
        )


def option_name(name: str) -> str:
    """
    What a setting is called in a block.
    """
    return name.removeprefix(f"{PUSH}_")


def is_inherited(driver: str, name: str, found: Found) -> bool:
    """
    Whether what is set outside of a driver's block counts in it.

    Dovecot finds nothing for ``ox`` if nothing of ``ox`` is in the block itself.
    """
    if name.startswith(OX):
        return driver.lower() == "ox" and any(one.startswith(OX) for one in found.own)
    return name.startswith(INHERITED.get(driver.lower(), ()))


def texts(configuration: Configuration24, listed: Mapping[str, Value]) -> dict[str, str]:
    """
    The names of a list with their values.
    """
    return {name: configuration.text(value) for name, value in listed.items()}

"""
What Dovecot 2.4's configuration says about push.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from luahost.config.origin import Note
from luahost.config.push_blocks import MAIL_LUA, PUSH, Path
from luahost.config.settings import Settings
from luahost.config.syntax_2_4 import Configuration24
from luahost.config.values import Value
from luahost.drivers import DriverEntry

MAIL_PLUGINS = "mail_plugins"
LUA_FILE = "lua_file"
LUA_SETTINGS = "lua_settings"
TRUTHS = {"yes": True, "no": False}


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
    values = configuration.values(service)
    for path, value in values.items():
        if path[-1] == LUA_FILE:
            check_lua_file(value)
    plugins = tuple(path[1] for path, value in values.items() if len(path) == 2 and is_loaded(path, value))
    in_general = below((LUA_SETTINGS,), values)
    script = values.get((MAIL_LUA, LUA_FILE)) or values.get((LUA_FILE,))
    says_plugins = configuration.sets(MAIL_PLUGINS)
    loads_script = script is not None and script.text and (not says_plugins or MAIL_LUA in plugins)
    origins = {"/".join(path): value.origin for path, value in values.items()}
    for path, value in values.items():
        if path[0] == MAIL_PLUGINS:
            origins.setdefault(MAIL_PLUGINS, value.origin)
        if path[0] == PUSH and len(path) > 1:
            origins.setdefault(f"{PUSH}/{path[1]}/driver", value.origin)
    if script is not None:
        origins["mail_lua_script"] = script.origin
    return Settings(
        file=file,
        syntax="Dovecot 2.4",
        service=service,
        dialect="2.4",
        variables="filters",
        mail_plugins=plugins if says_plugins else None,
        blocks=block_entries(values, in_general),
        mail_lua_script=script.text if script is not None and loads_script else None,
        lua_settings=in_general,
        origins=origins,
        notes=tuple(notes),
    )


def is_loaded(path: Path, value: Value) -> bool:
    """
    Whether ``mail_plugins { NAME = yes }`` loads a plugin.

    Raises:
        ConfigError: It is neither yes nor no.
    """
    if path[0] != MAIL_PLUGINS:
        return False
    loaded = TRUTHS.get(value.text.lower())
    if loaded is None:
        raise value.origin.error(f"mail_plugins {{ {path[1]} }} is yes or no, found {value.text!r}")
    return loaded


def check_lua_file(value: Value) -> None:
    """
    Refuse what Dovecot 2.4.1 refuses, or dies of.
    """
    if value.text.startswith("inline:") or "\n" in value.text:
        raise value.origin.error(
            "Lua doesn't support inline content for lua_file; write the path of the file"
        )
    if "%{" in value.text:
        raise value.origin.error(
            "lua_file holds a %{variable}, with which Dovecot 2.4.1 crashes at every session (SIGSEGV); "
            "write the whole path"
        )


def block_entries(values: Mapping[Path, Value], in_general: Mapping[str, str]) -> tuple[DriverEntry, ...]:
    """
    The drivers of the ``push_notification`` blocks, in the order in which the blocks come first.

    ``lua_file`` and ``lua_settings`` outside of blocks count for each.
    """
    options: dict[str, dict[str, str]] = {}
    lua_settings: dict[str, dict[str, str]] = {}
    for path, value in values.items():
        if path[0] != PUSH or len(path) < 2:
            continue
        own = options.setdefault(path[1], {})
        if len(path) == 3 and path[2] != LUA_SETTINGS:
            own[path[2]] = value.text
        elif len(path) == 4 and path[2] == LUA_SETTINGS:
            lua_settings.setdefault(path[1], {})[path[3]] = value.text
    inherited = values.get((LUA_FILE,))
    return tuple(
        block_entry(name, own, {**in_general, **lua_settings.get(name, {})}, inherited)
        for name, own in options.items()
    )


def block_entry(
    name: str, options: dict[str, str], lua_settings: Mapping[str, str], inherited: Value | None
) -> DriverEntry:
    """
    The driver of one block.
    """
    driver = options.pop("driver", "") or name
    if driver.lower() == "lua" and inherited is not None:
        options.setdefault(LUA_FILE, inherited.text)
    return DriverEntry(name=driver, options=options, setting=f"{PUSH} {name}", lua_settings=lua_settings)


def below(start: Path, values: Mapping[Path, Value]) -> dict[str, str]:
    """
    The names of a list with their values.
    """
    return {
        path[-1]: value.text
        for path, value in values.items()
        if path[:-1] == start and len(path) == len(start) + 1
    }

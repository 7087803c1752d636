"""
``plugin { }`` of 2.3 as the settings of 2.4.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from luahost.config.quoting import quoted
from luahost.drivers import DriverEntry

PLUGINS = ("mail_lua", "notify", "push_notification", "push_notification_lua")
OWN = ("push_notification_", "mail_lua_script")
"""What settings begin with that are not a script's."""

OX = {"url": "ox_url", "cache_lifetime": "ox_cache_ttl"}
"""Options of the driver ``ox`` that have only another name."""


def from_plugin(
    plugin: Mapping[str, str], drivers: Iterable[DriverEntry], asked: Iterable[str], script: str | None = None
) -> str:
    """
    The settings of 2.4 that do what a ``plugin { }`` of 2.3 does.

    Args:
        plugin: Its settings.

        drivers: The drivers that it lists.

        asked: The settings that the script asks for by name; it gets these, and if none is known all that
            are no settings of Dovecot's own.

        script: The script that asks; other scripts get all. None if all ask for these.
    """
    drivers = list(drivers)
    everything = {name: value for name, value in plugin.items() if not name.startswith(OWN)}
    wanted = {name: plugin[name] for name in asked if name in plugin} or everything
    own_file = None if script is None else os.path.realpath(script)
    lines = [*_plugins(any(driver.name.lower() == "lua" for driver in drivers))]
    used: set[str] = set()
    for driver in drivers:
        is_own = own_file is None or os.path.realpath(driver.file or "") == own_file
        lines += _block(driver, wanted if is_own else everything, _free(driver.name.lower(), used))
    return "\n".join(lines) + "\n"


def for_script(file: str, asked: Iterable[str]) -> str:
    """
    The same for a script whose configuration is not at hand: the values are for its owner to fill in.
    """
    entry = DriverEntry(name="lua", options={"file": file})
    return "\n".join([*_plugins(True), *_block(entry, dict.fromkeys(asked, "…"), "lua")]) + "\n"


def _plugins(lua: bool) -> Iterator[str]:
    yield "mail_plugins {"
    for name in PLUGINS if lua else PLUGINS[1:3]:
        yield f"  {name} = yes"
    yield "}"


def _free(name: str, used: set[str]) -> str:
    """
    A name for a block that no other one has.
    """
    number = 2
    found = name
    while found in used:
        found, number = f"{name}{number}", number + 1
    used.add(found)
    return found


def _block(driver: DriverEntry, settings: Mapping[str, str], name: str) -> Iterator[str]:
    kind = driver.name.lower()
    yield f"push_notification {name} {{"
    if name != kind:
        yield f"  driver = {kind}"
    if kind == "lua":
        yield f"  lua_file = {quoted(driver.file or '')}"
        if settings:
            yield "  lua_settings {"
            for key, value in settings.items():
                yield f"    {key} = {value if value == '…' else quoted(value)}"
            yield "  }"
    elif kind == "ox":
        for key, value in driver.options.items():
            yield from _ox(key, value)
    yield "}"


def _ox(key: str, value: str) -> Iterator[str]:
    if key in OX:
        yield f"  {OX[key]} = {quoted(value)}"
    elif key == "user_from_metadata":
        yield "  ox_user_from_metadata = yes"
    elif key == "timeout_msecs" and value.isdigit():
        yield f"  http_client_request_timeout = {value}ms"
    elif key == "max_retries" and value.isdigit():
        yield f"  http_client_request_max_attempts = {int(value) + 1}"

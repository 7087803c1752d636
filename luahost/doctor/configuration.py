"""
What a configuration says: that it can be read, that something would run for each service, and where
requests may go.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from luahost.config import ConfigError, Configuration, Settings, check_plugins, missing_lua_plugin, push_of
from luahost.dataclass import replace
from luahost.doctor.check import Check, Subject
from luahost.drivers import DriverEntry
from luahost.errors import UsageError

CONFIGURATION = Subject("configuration")


def configuration_checks(configuration: Configuration) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        configuration: A ``luahost.yaml``.
    """
    try:
        notes = configuration.settings().notes
        services = configuration.services_with_push()
    except ConfigError as error:
        yield CONFIGURATION.fail("reads", str(error))
        return
    yield CONFIGURATION.ok("reads", f"{configuration.file}, dialect {configuration.settings().dialect}")
    for note in notes:
        yield CONFIGURATION.warn("note", str(note))
    if configuration.serve is None:
        yield CONFIGURATION.warn(
            "serve", "there is no section serve", "luahost serve needs one; see docs/operating.md"
        )
    if not services:
        yield CONFIGURATION.fail("push", push_of(configuration.settings()).why, "add it to mail_plugins")
    yield from together((service, service_check(configuration.settings(service))) for service in services)


def together(found: Iterable[tuple[str, Check]]) -> Iterator[Check]:
    """
    What is found about services, once for all of which the same is found: most have the same settings.
    """
    services: dict[Check, list[str]] = {}
    for service, check in found:
        services.setdefault(check, []).append(service)
    for check, names in services.items():
        yield replace(check, name=f"{check.name} of {', '.join(names)}")


def service_check(settings: Settings) -> Check:
    """
    Whether something would run in a service.
    """
    try:
        check_plugins(settings)
        drivers = settings.drivers()
    except UsageError as error:
        return CONFIGURATION.fail("drivers", str(error), "until then Dovecot would not run")
    if words := missing_lua_plugin(settings, settings.dialect):
        return CONFIGURATION.fail("drivers", words, "until then no script runs")
    if not drivers:
        return CONFIGURATION.fail("drivers", "no driver is named, so nothing runs", "see docs/drivers.md")
    return CONFIGURATION.ok("drivers", ", ".join(driver_words(entry) for entry in drivers))


def driver_words(entry: DriverEntry) -> str:
    """
    A driver as one names it: with its script, and without the options, which may be secret.
    """
    return f"{entry.name.lower()} {entry.file}" if entry.file else entry.name.lower()


def scripts_of(configuration: Configuration) -> Iterator[tuple[str, Settings]]:
    """
    Each script of each service that has push, once, with the settings that it runs with.

    A path with variables in it is different for each user, and left out.
    """
    seen = set()
    for service in configuration.services_with_push():
        settings = configuration.settings(service)
        own = settings.script_settings().get("push_notification_lua_script_file")
        for entry in settings.drivers():
            file = entry.file or own
            if entry.name.lower() != "lua" or not file or "%" in file:
                continue
            if (path := os.path.realpath(file)) not in seen:
                seen.add(path)
                yield file, settings

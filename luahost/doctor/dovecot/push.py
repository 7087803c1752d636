"""
Whether a Dovecot's configuration pushes: the plugins of each service, its drivers, and their scripts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from luahost.config import Configuration, Settings, check_plugins, missing_lua_plugin, push_of
from luahost.config.serve_section import ServeSection
from luahost.doctor.access import READ, refusal
from luahost.doctor.check import Check, Subject
from luahost.doctor.configuration import driver_words, scripts_of, together
from luahost.doctor.dovecot.installed import installed_checks
from luahost.doctor.dovecot.shim import beside, is_compiled, shim_checks, shim_of
from luahost.doctor.users import ANYBODY, Who
from luahost.errors import UsageError

PLUGINS_ADVICE = "mail_plugins of the service wants mail_lua notify push_notification push_notification_lua"

_DOVECOT = Subject("dovecot")


def push_checks(
    configuration: Configuration,
    mail: Who | None,
    *,
    is_here: bool,
    is_whole: bool,
    section: ServeSection | None,
) -> Iterator[Check]:
    """
    Each check as it is done.

    Args:
        configuration: Dovecot's.

        mail: As whom scripts are run; None if that is different for each user, or nobody knows.

        is_here: Whether its files are on this machine.

        is_whole: Whether it says all that there is to say, as ``doveconf`` does, and what is not in it is
            Dovecot's default.

        section: What is served: the server that it is to push through; None if there is none.
    """
    everywhere = configuration.services()
    on = [service for service in everywhere if _is_on(configuration.settings(service), is_whole=is_whole)]
    off = [service for service in everywhere if service not in on]
    if not on:
        yield _off(configuration.settings())
        return
    words = f"on for {', '.join(on)}" + (f"; off for {', '.join(off)}" if off else "")
    yield _DOVECOT.ok("push", words)
    yield from together((service, _service(service, configuration.settings(service))) for service in on)
    if not is_here:
        return
    shims = 0
    for file, _ in scripts_of(configuration):
        yield _script(file, mail)
        if (folder := beside(file)) is not None:
            yield from installed_checks(folder, mail or ANYBODY)
        if section is None:
            continue
        if is_compiled(file):
            shims += 1
            yield _DOVECOT.ok("shim", "compiled, so that what it was made with cannot be seen")
        elif (shim := shim_of(file)) is not None:
            shims += 1
            yield from shim_checks(shim, section, mail or ANYBODY)
    if section is not None and not shims:
        yield from _without_shim(configuration, on)


def _without_shim(configuration: Configuration, services: list[str]) -> Iterator[Check]:
    """
    What to say where no script hands transactions to the server: another driver may.
    """
    names = {entry.name.lower() for one in services for entry in configuration.settings(one).drivers()}
    if "ox" not in names:
        yield _DOVECOT.warn(
            "shim",
            "no driver hands transactions to luahost serve",
            "luahost shim makes a script that does; see docs/operating.md",
        )


def _is_on(settings: Settings, *, is_whole: bool) -> bool:
    if settings.mail_plugins is None and (is_whole or not settings.drivers()):
        # Dovecot's own default is no plugin at all.
        return False
    return push_of(settings).on


def _off(settings: Settings) -> Check:
    drivers = settings.drivers()
    if drivers:
        words = f"{drivers[0].setting} is set, and no service loads the plugin push_notification"
        return _DOVECOT.fail("push", words, PLUGINS_ADVICE)
    words = "no service pushes: nothing comes from this Dovecot"
    return _DOVECOT.warn("push", words, "luahost shim prints what to configure; see docs/operating.md")


def _service(service: str, settings: Settings) -> Check:
    try:
        check_plugins(settings)
    except UsageError as error:
        # It is not only push that is missing then: Dovecot's processes end, and mail with them.
        words = str(error).replace(f" the mail_plugins of {service}", " its mail_plugins")
        return _DOVECOT.fail("plugins", words, f"no mail is delivered or read until then; {PLUGINS_ADVICE}")
    if missing_lua_plugin(settings, settings.dialect):
        words = "a driver lua is configured, and the plugin push_notification_lua is not loaded"
        return _DOVECOT.fail("plugins", words, PLUGINS_ADVICE)
    drivers = settings.drivers()
    if not drivers:
        words = "none is configured, so nothing is pushed"
        return _DOVECOT.warn("drivers", words, "luahost shim prints what to configure; see docs/operating.md")
    return _DOVECOT.ok("drivers", ", ".join(driver_words(entry) for entry in drivers))


def _script(file: str, mail: Who | None) -> Check:
    words = refusal(file, READ, mail or ANYBODY)
    if words is None:
        return _DOVECOT.ok(file, f"readable to {mail.name if mail else 'everybody'}")
    if mail is None and os.path.exists(file):
        return _DOVECOT.warn(file, words, "fine if mail processes may: --mail-user says as whom they run")
    return _DOVECOT.fail(file, words, "put it there, and let everybody read it: chmod 0644")

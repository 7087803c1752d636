"""
A configuration as the server runs it: for each session the drivers, with the settings of its user.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from luahost import dialects
from luahost.config import ConfigError, Configuration, Settings, check_plugins, missing_lua_plugin, push_of
from luahost.config.named_hosts import named_hosts
from luahost.config.serve_section import ServeSection
from luahost.drivers.start_checks import check_ox, check_scripts
from luahost.egress_policy import EgressPolicy
from luahost.errors import UsageError
from luahost.runtime import REAL_FILES, ScriptFiles
from luahost.runtime.worker_state import lockdown_report
from luahost.server.runner.policies import policies_of
from luahost.server.worker.zygote import WorkerOrder
from luahost.server.workers import Setup
from luahost.store import MailUser

log = logging.getLogger("luahost.server")

WORKER_BYTES = 1 << 30
"""What scripts and sessions of one worker may hold in all, and a fourth of what its process may map."""

POLICIES = 100
"""How many egress policies are remembered, each for other hosts."""

OTHER = "other"
"""Stands for all services that the configuration says nothing of: their settings are the same."""


class Hosting:
    """
    The drivers of a configuration.

    Args:
        configuration: Where they stand.

        section: How scripts are run: Lua version, limits, where requests may go.

        files: Reads scripts and their modules.

    Attributes:
        policies: What counts as failed, and when it is tried again.
    """

    def __init__(
        self, configuration: Configuration, section: ServeSection, files: ScriptFiles = REAL_FILES
    ) -> None:
        self._configuration = configuration
        self._section = section
        self._files = files
        self._services = frozenset(configuration.services())
        self._policies: dict[tuple[str, ...], EgressPolicy] = {}
        settings = (configuration.settings(service) for service in (None, *configuration.services()))
        self.policies, self._unheard = policies_of(section.retry, section.scripts, settings)

    def check(self) -> None:
        """
        See that there is something to run, before anything is taken in.

        Raises:
            UsageError: No driver runs in any service, a script is not there, or scripts cannot have processes
                of their own on this system.
        """
        services = self._configuration.services_with_push()
        if not services:
            raise UsageError(f"{self._configuration.file}: {push_of(self._configuration.settings()).why}")
        for service in services:
            self._check_service(self._configuration.settings(service))
        if self._unheard:
            words = f"serve has something to say of {', '.join(sorted(self._unheard))} in scripts"
            raise UsageError(f"{self._configuration.file}: {words}, which no driver runs")
        if not any(self._egress(self._configuration.settings(service)).lets_out for service in services):
            log.warning("scripts can send nothing: no setting has a URL, and serve has no allow")
        for wall, reason in lockdown_report(self._section.lua).missing.items():
            log.warning("isolation here is without %r: %s", wall, reason)

    def _check_service(self, settings: Settings) -> None:
        check_plugins(settings)
        if words := missing_lua_plugin(settings, settings.dialect):
            raise UsageError(f"{settings.file}: {words}")
        drivers = settings.drivers()
        if not drivers:
            raise UsageError(
                f"{settings.file}: no driver is named, so nothing would run; see docs/drivers.md"
            )
        for entry in drivers:
            # A path with variables is different for each user.
            if (
                entry.name.lower() == "lua"
                and entry.file
                and "%" not in entry.file
                and not self._files.exists(entry.file)
            ):
                origin = settings.origin_of(f"{entry.setting.replace(' ', '/', 1)}/file")
                words = f"there is no script {entry.file}, which {entry.setting} names"
                if origin is not None:
                    raise origin.error(words)
                raise ConfigError(words, file=settings.file)

    def _egress(self, settings: Settings) -> EgressPolicy:
        if self._section.egress is not None:
            return self._section.egress
        hosts = named_hosts(settings)
        found = self._policies.get(hosts)
        if found is None:
            if len(self._policies) >= POLICIES:
                # Users have URLs of their own.
                self._policies.clear()
            found = self._policies[hosts] = EgressPolicy(hosts=hosts)
        return found

    def order(self) -> WorkerOrder:
        """
        What kind of workers run the scripts.
        """
        section = self._section
        return WorkerOrder(
            lua=section.lua,
            limits=section.limits,
            sessions=section.sessions,
            idle_seconds=section.session_idle_seconds,
            memory_bytes=WORKER_BYTES,
        )

    def setup(self, fields: Mapping[str, Any]) -> Setup:
        """
        How a session is set up of the user with these fields, in the service that they name, or else the
        configuration.

        Raises:
            LuahostError: Dovecot would not run with this configuration for this user.
        """
        named = fields.get("service") or self._configuration.settings().service
        user = MailUser(**{**fields, "service": named})
        written = self._configuration.settings(named if named in self._services else OTHER)
        found = written.expanded(user)
        files = self._files if same_for_all(written) else REAL_FILES
        drivers = found.drivers() if push_of(found).on else []
        dialect = dialects.dialect(found.dialect)
        if dialect.scripts_checked_at_start:
            check_scripts(drivers, found.mail_lua_script, files)
            check_ox(drivers, dialect)
        return Setup(
            username=user.username,
            service=named,
            drivers=drivers,
            settings=found.script_settings(),
            mail_lua_script=found.mail_lua_script,
            mail_lua_settings=found.mail_lua_settings,
            dialect=dialect,
            egress=self._egress(found),
            files=files,
        )


def same_for_all(settings: Settings) -> bool:
    """
    Whether all users have the same scripts: those with variables in their paths belong to users, who may
    change them at any time.
    """
    scripts = [settings.mail_lua_script, *(entry.file for entry in settings.drivers())]
    return not any("%" in path for path in scripts if path)

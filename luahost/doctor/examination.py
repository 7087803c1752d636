"""
All checks, in the order in which they are shown: the machine, the configuration and what it names, the
Dovecot that is to push, the server that runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from luahost.clock import SYSTEM_CLOCK, Clock
from luahost.config import Configuration, read_configuration
from luahost.config.named_hosts import named_hosts
from luahost.config.serve_section import ServeSection
from luahost.dataclass import dataclass
from luahost.doctor.certificates import own_certificate_checks
from luahost.doctor.check import Check, Subject
from luahost.doctor.cluster import cluster_checks
from luahost.doctor.configuration import CONFIGURATION, configuration_checks, scripts_of
from luahost.doctor.disk import disk_checks
from luahost.doctor.dovecot import DovecotSide, dovecot_checks, dovecot_of_file, installed_dovecot
from luahost.doctor.endpoints import endpoint_checks, named_origins
from luahost.doctor.files import configuration_check, file_checks, serving_user
from luahost.doctor.machine import machine_checks
from luahost.doctor.running import running_checks
from luahost.doctor.scripts import script_checks
from luahost.doctor.users import Who
from luahost.egress_policy import EgressPolicy
from luahost.errors import UsageError
from luahost.runtime import DEFAULT_LUA

_DOVECOT = Subject("dovecot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """
    What is to be looked at.

    Attributes:
        file: A ``luahost.yaml``; None for the machine alone.

        dovecot: A Dovecot's configuration, or the output of its ``doveconf -n``; None for the Dovecot that
            this machine has, if the file is served.

        server: Who serves; None for whose spool it is.

        mail: As whom Dovecot's processes push; None for what its configuration says.

        endpoints: Whether to connect to endpoints.

        clock: The time.
    """

    file: str | None = None
    dovecot: str | None = None
    server: Who | None = None
    mail: Who | None = None
    endpoints: bool = True
    clock: Clock = SYSTEM_CLOCK

    def checks(self) -> Iterator[Check]:
        """
        Each check as it is done.
        """
        configuration, trouble = None, None
        if self.file is not None:
            try:
                configuration = read_configuration(self.file)
            except UsageError as error:
                trouble = CONFIGURATION.fail("reads", str(error), "nothing that it names can be looked at")
        section = configuration.serve if configuration else None
        yield from machine_checks(needed=section.lua if section else DEFAULT_LUA, clock=self.clock)
        if trouble is not None:
            yield trouble
        side, lacking = self._dovecot(section)
        if configuration is not None:
            yield from self._configured(configuration, section, side)
        if lacking is not None:
            yield lacking
        if side is not None:
            dialect = configuration.settings().dialect if configuration else None
            yield from dovecot_checks(side, dialect, section)
        if section is not None:
            yield from running_checks(section)

    def _dovecot(self, section: ServeSection | None) -> tuple[DovecotSide | None, Check | None]:
        """
        The Dovecot, or what is to be said in its place.
        """
        try:
            if self.dovecot is not None:
                return dovecot_of_file(self.dovecot, self.mail), None
            if section is None:
                return None, None
            if side := installed_dovecot(self.mail):
                return side, None
        except UsageError as error:
            return None, _DOVECOT.fail("configuration", str(error), "mend it: Dovecot does not start with it")
        words = "none on this machine; --dovecot FILE looks at what doveconf -n prints elsewhere"
        return None, _DOVECOT.ok("version", words)

    def _configured(
        self, configuration: Configuration, section: ServeSection | None, side: DovecotSide | None
    ) -> Iterator[Check]:
        found = list(configuration_checks(configuration))
        yield from found
        if any(check.name == "reads" and check.state == "fail" for check in found):
            return
        server = self.server or (serving_user(section) if section else Who.myself())
        for file, settings in scripts_of(configuration):
            lua, limits = (section.lua, section.limits) if section else (DEFAULT_LUA, None)
            yield from script_checks(file, settings, server, lua=lua, limits=limits)
        if section is not None:
            if (check := configuration_check(configuration.settings(), server)) is not None:
                yield check
            yield from file_checks(section, server, self.mail or (side.mail if side else None))
            if section.tls is not None:
                yield from own_certificate_checks(section.tls, self.clock)
            if section.nats is None:
                yield from disk_checks(os.path.dirname(section.spool) or ".")
            else:
                yield from cluster_checks(section.nats, longest_bytes=section.max_body_bytes)
        yield from self._endpoints(configuration, section)

    def _endpoints(self, configuration: Configuration, section: ServeSection | None) -> Iterator[Check]:
        found: dict[str, EgressPolicy] = {}
        for service in configuration.services_with_push():
            settings = configuration.settings(service)
            policy = section.egress if section else None
            for origin in named_origins(settings):
                found.setdefault(origin, policy or EgressPolicy(hosts=named_hosts(settings)))
        if section is not None and not found and not (section.egress and section.egress.lets_out):
            yield Subject("endpoint").warn(
                "none",
                "no setting has a URL, so scripts can send nothing",
                "`allow` of the section serve names hosts",
            )
        if not self.endpoints:
            return
        for origin, policy in found.items():
            yield from endpoint_checks(origin, policy, clock=self.clock)

"""
The drivers of a configuration, as what a run hosts. A run of a script alone imports none of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from luahost.config import (
    Configuration,
    Settings,
    check_plugins,
    missing_lua_plugin,
    push_of,
    read_configuration,
)
from luahost.dataclass import replace
from luahost.host import Host
from luahost.sources import Input
from luahost.store import MailUser


class ConfigurationHosting:
    """
    The drivers of a configuration, for the service of each user.
    """

    def __init__(self, configuration: Configuration, service: str | None) -> None:
        self.title = configuration.file
        self.dialect = configuration.settings(service).dialect
        self._configuration = configuration
        self._service = service

    def mail_user(self, source: Input, name: str | None) -> MailUser:
        """
        The input's user, in the service that is asked for; else the fixture's, else the configuration's.
        """
        service = self._service or (source.user or {}).get("service")
        return replace(source.mail_user(name), service=self._configuration.settings(service).service)

    def notes(self, user: MailUser, dialect: str) -> Iterator[str]:
        """
        What is odd in the configuration, and whether push is on, unless both is as anybody would expect.
        """
        settings = self._configuration.settings(user.service)
        yield from (str(note) for note in settings.notes)
        push = push_of(settings)
        if settings.mail_plugins is None:
            yield push.why
        elif not push.on:
            on = ", ".join(self._configuration.services_with_push())
            yield f"{push.why}; " + (f"it is on for {on} (--service)" if on else "it is on for no service")
        elif words := missing_lua_plugin(settings, dialect):
            yield words
        if push.on and not settings.drivers(dialect) and not settings.mail_lua_script:
            yield f"nothing is run: {self.title} names no driver"

    def host(self, user: MailUser, settings: Mapping[str, str], **how: Any) -> Host:
        """
        A host of the drivers; of none if push is off.

        Raises:
            ConfigError: Dovecot would not run with this configuration, or not for this user.
        """
        found = self._expanded(user, settings)
        return Host(
            drivers=found.drivers(how["dialect"]) if push_of(found).on else [],
            settings=found.script_settings(),
            mail_lua_script=found.mail_lua_script,
            mail_lua_settings=found.mail_lua_settings,
            **how,
        )

    def unread(self, words: str, setting: str) -> str:
        """
        Which setting names it.
        """
        return f"{words}, which {setting} in {self.title} names"

    def _expanded(self, user: MailUser, more: Mapping[str, str]) -> Settings:
        settings = self._configuration.settings(user.service)
        check_plugins(settings)
        settings = settings.expanded(user)
        blocks = settings.blocks
        if blocks is not None:
            blocks = tuple(
                replace(block, lua_settings={**(block.lua_settings or {}), **more})
                if block.lua_settings is not None
                else block
                for block in blocks
            )
        of_mail_lua = settings.mail_lua_settings
        if of_mail_lua is not None:
            of_mail_lua = {**of_mail_lua, **more}
        return replace(
            settings, plugin={**settings.plugin, **more}, blocks=blocks, mail_lua_settings=of_mail_lua
        )


def configured(file: str, service: str | None) -> ConfigurationHosting:
    """
    What a configuration hosts for a service; for the users' own if None.

    Raises:
        ConfigError: It cannot be used.
    """
    return ConfigurationHosting(read_configuration(file), service)

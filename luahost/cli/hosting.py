"""
What a run hosts: a script, or the drivers of a configuration.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from luahost.dataclass import replace
from luahost.dialects import DEFAULT_DIALECT
from luahost.errors import UsageError
from luahost.host import Host
from luahost.sources import Input
from luahost.store import MailUser


class Hosting(Protocol):
    """
    What all inputs of a run are given to.

    Attributes:
        title: What it is, for the first line.

        dialect: The dialect that fits.
    """

    title: str
    dialect: str

    def mail_user(self, source: Input, name: str | None) -> MailUser:
        """
        Whose session an input is, under this name if one is given.
        """

    def notes(self, user: MailUser, dialect: str) -> Iterator[str]:
        """
        What there is to say before this user's session.
        """

    def host(self, user: MailUser, settings: Mapping[str, str], **how: Any) -> Host:
        """
        The host of a session.

        Args:
            user: Whose session.

            settings: Script settings that win over all others.

            how: Everything else that :class:`~luahost.host.Host` takes.
        """

    def unread(self, words: str, setting: str) -> str:
        """
        What to say of a script that could not be read.

        Args:
            words: What is said of it anywhere.

            setting: What names it.
        """


class ScriptHosting:
    """
    One script, as the one Lua driver.
    """

    dialect = DEFAULT_DIALECT

    def __init__(self, script: str, service: str | None) -> None:
        if os.path.isdir(script):
            raise UsageError(f"{script} is a folder, not a Lua script")
        self.title = script
        self._script = script
        self._service = service

    def mail_user(self, source: Input, name: str | None) -> MailUser:
        """
        The input's user, in the service that is asked for.
        """
        user = source.mail_user(name)
        return user if self._service is None else replace(user, service=self._service)

    def notes(self, user: MailUser, dialect: str) -> Iterator[str]:
        """
        Nothing to say.
        """
        yield from ()

    def host(self, user: MailUser, settings: Mapping[str, str], **how: Any) -> Host:
        """
        A host of the script.
        """
        return Host(self._script, settings=settings, **how)

    def unread(self, words: str, setting: str) -> str:
        """
        It is the operator who named it.
        """
        return words


def hosting(script: str | None, configuration: str | None, service: str | None) -> Hosting:
    """
    What the command line asks for: a script, or a configuration.

    Raises:
        ConfigError: The configuration cannot be used.
    """
    if configuration is not None:
        from luahost.cli.configured_hosting import configured

        return configured(configuration, service)
    assert script is not None
    return ScriptHosting(script, service)

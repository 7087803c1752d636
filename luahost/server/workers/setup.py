"""
How a session is set up: what a worker is told of it, and what the server keeps to.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from luahost.dataclass import dataclass
from luahost.dialects import Dialect
from luahost.drivers import DriverEntry
from luahost.drivers.lua import SCRIPT_FILE
from luahost.egress_policy import EgressPolicy
from luahost.runtime import ScriptFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """
    A session of one user.

    Attributes:
        username: Whose it is.

        service: What the user came by.

        drivers: Those that run.

        settings: What scripts can ask for.

        mail_lua_script: The script of the mail-lua plugin, None if that is not loaded.

        mail_lua_settings: What it is given, None: ``settings``.

        dialect: What scripts see.

        egress: Where requests may go.

        files: Reads scripts and their modules.
    """

    username: str
    service: str
    drivers: Sequence[DriverEntry]
    settings: Mapping[str, str]
    mail_lua_script: str | None
    dialect: Dialect
    egress: EgressPolicy
    files: ScriptFiles
    mail_lua_settings: Mapping[str, str] | None = None

    def document(self, number: int, *, metadata: bool) -> dict[str, Any]:
        """
        What the worker is told.

        Args:
            number: By which it names the session.

            metadata: Whether the server keeps METADATA.
        """
        return {
            "session": number,
            "service": self.service,
            "drivers": [vars(entry) for entry in self.drivers],
            "settings": dict(self.settings),
            "mail_lua_script": self.mail_lua_script,
            "mail_lua_settings": self.mail_lua_settings,
            "dialect": self.dialect.name,
            "total_seconds": self.egress.total_seconds,
            "metadata": metadata,
            "files": self.files.known(),
        }

    @property
    def scripts(self) -> set[str]:
        """
        The scripts that may be loaded.
        """
        named = (entry.file for entry in self.drivers)
        return {path for path in (*named, self.mail_lua_script, self.settings.get(SCRIPT_FILE)) if path}

    def may_read(self, path: str) -> bool:
        """
        Whether this is one of its scripts, or could be a module of one.
        """
        scripts = self.scripts
        if path in scripts:
            return True
        plain = os.path.normpath(path)
        folders = {os.path.normpath(os.path.dirname(script) or ".") for script in scripts}
        return plain.endswith(".lua") and any(
            not os.path.isabs(os.path.relpath(plain, folder))
            and not os.path.relpath(plain, folder).startswith("..")
            for folder in folders
        )

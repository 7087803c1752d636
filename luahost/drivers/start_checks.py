"""
What Dovecot 2.4 checks of drivers when it reads its configuration, before any session.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.dialects import Dialect
from luahost.drivers import ox_settings
from luahost.drivers.entry import DriverEntry
from luahost.drivers.mail_lua import LABEL
from luahost.errors import UsageError
from luahost.runtime import REAL_FILES, ScriptFiles


def check_ox(drivers: Sequence[DriverEntry], dialect: Dialect) -> None:
    """
    What Dovecot 2.4 does when it reads its configuration: parse the OX drivers' options.

    Raises:
        UsageError: One has a bad value, so the server would not start.
    """
    for entry in drivers:
        if entry.name.lower() == "ox":
            ox_settings.check_at_start(entry, dialect)


def check_scripts(
    drivers: Sequence[DriverEntry], mail_lua_script: str | None, files: ScriptFiles = REAL_FILES
) -> None:
    """
    What Dovecot 2.4 does when it reads its configuration: open every script.

    Raises:
        UsageError: One cannot be opened, so the server would not start.
    """
    named = [(entry.setting, entry.file) for entry in drivers if entry.name.lower() == "lua"]
    for setting, path in [(LABEL, mail_lua_script), *named]:
        if not path or path.startswith("inline:"):
            continue
        try:
            files.read(path)
        except IsADirectoryError:
            # It can be opened; Lua finds that it cannot be read.
            continue
        except OSError as error:
            raise UsageError(
                f"{setting}: lua_file: open({path}) failed: {error.strerror}; "
                "Dovecot 2.4 does not start with this configuration"
            ) from None

"""
The policy of each driver: what counts as its failure, and when it is tried again.

A transaction is run by all of its drivers together, so of those that failed the one that is tried most often
decides about the next attempt.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from luahost import dialects
from luahost.config import Settings
from luahost.config.retry_section import RetrySection
from luahost.dataclass import dataclass, field
from luahost.drivers import DriverEntry
from luahost.drivers.lua import SCRIPT_FILE
from luahost.drivers.mail_lua import LABEL as MAIL_LUA


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """
    What is to happen with failures.

    Attributes:
        usual: Where nothing else is said.

        by_driver: Of single drivers, by what effects call them; of the only driver by None.
    """

    usual: RetrySection = field(default_factory=RetrySection)
    by_driver: Mapping[str | None, RetrySection] = field(default_factory=dict)

    def of(self, driver: str | None) -> RetrySection:
        """
        The policy of a driver.
        """
        return self.by_driver.get(driver, self.usual)


def policies_of(
    usual: RetrySection, scripts: Mapping[str, RetrySection], settings: Iterable[Settings]
) -> tuple[Policies, set[str]]:
    """
    The policies of a configuration.

    Args:
        usual: Where nothing else is said.

        scripts: By the absolute path of a script, or the name of a driver.

        settings: Those of each service.

    Returns:
        The policies, and those keys of ``scripts`` that are about nothing that runs.
    """
    found: dict[str | None, RetrySection] = {}
    unheard = set(scripts)
    for one in settings:
        drivers = one.drivers()
        labelled = len(drivers) > 1 or one.mail_lua_script is not None
        for entry in drivers:
            names = _names(entry, one)
            unheard.difference_update(names)
            policy = next((scripts[name] for name in names if name in scripts), None)
            if policy is not None:
                found[entry.setting if labelled else None] = policy
        script = _path(one.mail_lua_script)
        if script in scripts:
            unheard.discard(script)
            found[MAIL_LUA] = scripts[script]
    return Policies(usual=usual, by_driver=found), unheard


def _names(entry: DriverEntry, settings: Settings) -> list[str]:
    """
    What a driver may be called in ``scripts``, the most special first. Which file is its script is
    ``drivers/lua.py``'s to say.
    """
    name = entry.name.lower()
    if name != "lua":
        return [name]
    file = entry.file
    if dialects.dialect(settings.dialect).script_file_setting and not entry.only_file:
        file = settings.script_settings().get(SCRIPT_FILE, file)
    return [_path(file or settings.mail_lua_script), name]


def _path(file: str | None) -> str:
    return os.path.abspath(file) if file else ""

"""
``luahost check -c dovecot.conf``: the scripts that a configuration names, with its dialect and its settings.
"""

from __future__ import annotations

from luahost.check.options import Options
from luahost.config import read_configuration
from luahost.errors import UsageError


def configured(file: str, asked: Options, *, any_dialect: bool) -> tuple[list[str], Options]:
    """
    The scripts, and what is asked of their check.

    Args:
        file: The configuration.

        asked: What is asked already; its settings win.

        any_dialect: Whether nobody has said whose rules count, so that the configuration's do.

    Raises:
        ConfigError: The configuration cannot be used.

        UsageError: It names no script.
    """
    settings = read_configuration(file).settings()
    scripts = [driver.file for driver in settings.drivers() if driver.name.lower() == "lua" and driver.file]
    if not scripts:
        raise UsageError(f"{file} names no Lua script for push notifications")
    return list(dict.fromkeys(scripts)), asked._replace(
        dialects=(settings.dialect,) if any_dialect else asked.dialects,
        settings={**settings.script_settings(), **asked.settings},
    )

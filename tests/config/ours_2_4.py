"""
What luahost makes of a configuration of Dovecot 2.4, as ``tests.config.dovecot_2_4`` tells what that makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from luahost.config import check_plugins, read_configuration
from luahost.drivers import DriverEntry
from luahost.store import MailUser

OUR_PLUGINS = ("mail_lua", "notify", "push_notification", "push_notification_lua", "quota", "virtual")
"""Plugins that there are and that have nothing to complain of."""


def drivers(file: Path, user: str) -> tuple[list[str], str | None]:
    """
    The scripts and drivers that begin in a session of IMAP, in order, and a plugin that there is not.

    Raises:
        ConfigError: The configuration is refused.
    """
    settings = read_configuration(str(file)).settings("imap")
    plugins = settings.mail_plugins or ()
    if not plugins:
        return [], None
    missing = next((name for name in plugins if name not in OUR_PLUGINS), None)
    if missing is not None:
        return [], missing
    check_plugins(settings)
    settings = settings.expanded(MailUser(user, service="imap"))
    found = []
    if settings.mail_lua_script is not None:
        # The script of mail_lua is loaded before them.
        found.append(script(settings.mail_lua_script, settings.mail_lua_settings))
    for entry in settings.drivers() if "push_notification" in plugins else ():
        line = began(entry)
        if line is None:
            break
        found.append(line)
    return found, None


def began(entry: DriverEntry) -> str | None:
    """
    What a driver says when it begins, None if it cannot.
    """
    match entry.name.lower():
        case "dlog":
            return "dlog"
        case "ox":
            url = entry.options.get("ox_url")
            return f"ox {url}" if url else None
        case "lua" if entry.registered and entry.file:
            return script(entry.file, entry.lua_settings)
    return None


def script(file: str, settings: Mapping[str, str] | None) -> str:
    """
    What a script says when it begins.
    """
    return " ".join(["script", Path(file).name, *sorted(in_hexadecimal(settings or {}))])


def in_hexadecimal(settings: Mapping[str, str]) -> list[str]:
    """
    Each key with its value, in hexadecimal digits.
    """
    return [
        "=".join(text.encode("utf-8", "surrogateescape").hex() for text in pair) for pair in settings.items()
    ]

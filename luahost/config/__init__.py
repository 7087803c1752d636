"""
Configuration: which drivers run, with which settings, and for whom.

``dovecot.conf`` is read as Dovecot 2.3 and 2.4 read it, and ``luahost.yaml`` says the same without
Dovecot. What is for other parts of Dovecot is left alone. A configuration gives :class:`Settings` for each
service; their variables are replaced for each user.
"""

from luahost.config.configuration import SERVICES, Configuration, read_configuration
from luahost.config.origin import ConfigError, Note, Origin
from luahost.config.plugins import Push, check_plugins, missing_lua_plugin, push_of
from luahost.config.settings import Settings

__all__ = [
    "SERVICES",
    "ConfigError",
    "Configuration",
    "Note",
    "Origin",
    "Push",
    "Settings",
    "check_plugins",
    "missing_lua_plugin",
    "push_of",
    "read_configuration",
]

"""
What Dovecot 2.3's configuration says about push.
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost.config.origin import Note
from luahost.config.settings import Settings
from luahost.config.syntax_2_3 import MAIL_PLUGINS, PLUGIN, Configuration23

MAIL_LUA = "mail_lua"
MAIL_LUA_SCRIPT = "mail_lua_script"


def settings_2_3(
    configuration: Configuration23, *, file: str, service: str, notes: Sequence[Note]
) -> Settings:
    """
    The settings for a service.

    Args:
        configuration: All that the files say.

        file: The first of them.

        service: Whose settings.

        notes: What was odd in reading them.
    """
    values = configuration.values(service)
    plugin = {
        name.removeprefix(f"{PLUGIN}/"): value
        for name, value in values.items()
        if name.startswith(f"{PLUGIN}/")
    }
    plugins: tuple[str, ...] | None = None
    if configuration.sets(MAIL_PLUGINS):
        named = values.get(MAIL_PLUGINS)
        # Blanks and commas; a tab would be part of a name.
        plugins = tuple(named.text.replace(",", " ").split(" ")) if named is not None else ()
        plugins = tuple(dict.fromkeys(name for name in plugins if name))
    script = plugin.get(MAIL_LUA_SCRIPT)
    loads_script = script is not None and script.text and (plugins is None or MAIL_LUA in plugins)
    return Settings(
        file=file,
        syntax="Dovecot 2.3",
        service=service,
        dialect="2.3",
        variables="percent",
        mail_plugins=plugins,
        plugin={key: value.text for key, value in plugin.items()},
        mail_lua_script=script.text if script is not None and loads_script else None,
        origins={name: value.origin for name, value in values.items()},
        notes=tuple(notes),
    )

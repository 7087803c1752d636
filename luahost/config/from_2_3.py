"""
What Dovecot 2.3's configuration says about push.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from luahost.config.origin import Note
from luahost.config.settings import Settings
from luahost.config.syntax_2_3 import MAIL_PLUGINS, PLUGIN, Configuration23
from luahost.config.values import Value
from luahost.drivers.listing import OLD_SERIES, SERIES

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
        notes=(*notes, *unread_drivers(plugin)),
    )


def unread_drivers(plugin: Mapping[str, Value]) -> Iterator[Note]:
    """
    A note for each driver in ``plugin { }`` that Dovecot never comes to.
    """
    for series in (SERIES, OLD_SERIES):
        names = [series, *(f"{series}{number}" for number in range(2, len(plugin) + 2))]
        end = next((name for name in names if name not in plugin or not plugin[name].text), names[-1])
        read = names[: names.index(end)]
        why = f"{end} is empty" if end in plugin else f"{end} is not set"
        for name, value in plugin.items():
            number = name.removeprefix(series)
            if name in read or number == name or not (number.isdecimal() or not number) or not value.text:
                continue
            words = f"{name} is not read: {why}, so the list of drivers ends before it"
            if number == "1":
                words = f"{name} is never read; the first driver is {series}, the second {series}2"
            yield Note(value.origin, words)

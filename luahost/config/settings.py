"""
``Settings``: what a configuration says about push, for one service, whatever it is written in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from luahost import dialects
from luahost.api.var_expand import VarExpandError, setting_expanded
from luahost.config.origin import Note, Origin
from luahost.config.secrets import masked
from luahost.dataclass import dataclass, field, replace
from luahost.drivers import DriverEntry, entries
from luahost.store import MailUser

Variables = Literal["percent", "filters"]

Syntax = Literal["Dovecot 2.3", "Dovecot 2.4", "luahost.yaml"]

LUA_PLUGIN = "push_notification_lua"
"""The Dovecot plugin that brings the driver ``lua``."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    The settings for push, for one service.

    Attributes:
        file: The configuration's first file, as the operator gave it.

        syntax: What it is written in.

        service: The Dovecot service that they are for: ``lmtp``, ``lda``, ``imap``, ``doveadm``.

        dialect: The dialect that fits, a key of ``luahost.DIALECTS``.

        variables: How variables are written: ``%u`` and ``%{user}``, or ``%{user | upper}``.

        mail_plugins: The plugins that the service loads; None if the configuration says nothing of any.

        plugin: ``plugin { }`` of 2.3: what ``user:plugin_getenv`` answers.

        blocks: The drivers of 2.4 and of ``luahost.yaml``; None where ``plugin`` lists them.

        mail_lua_script: The script of the plugin ``mail_lua``, None if there is none.

        mail_lua_settings: What its ``script_init`` gets in 2.4; None: what all scripts can ask for.

        lua_settings: What ``script_init`` of any script gets in 2.4, unless its driver says otherwise.

        origins: Where each setting is, by the names that :meth:`shown` has.

        notes: What Dovecot takes and is hardly meant.
    """

    file: str
    syntax: Syntax
    service: str
    dialect: str
    variables: Variables
    mail_plugins: tuple[str, ...] | None = None
    plugin: Mapping[str, str] = field(default_factory=dict)
    blocks: tuple[DriverEntry, ...] | None = None
    mail_lua_script: str | None = None
    mail_lua_settings: Mapping[str, str] | None = None
    lua_settings: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def drivers(self, dialect: str | None = None) -> list[DriverEntry]:
        """
        The list of drivers. Dovecot does not know a driver whose plugin is not loaded, and it is marked so.

        Args:
            dialect: Whose rules about the list count, a key of ``luahost.DIALECTS``; None: the one that fits.

        Raises:
            UsageError: There is no such dialect.
        """
        rules = dialects.dialect(dialect or self.dialect)
        found = entries(self.plugin, rules) if self.blocks is None else list(self.blocks)
        if self.mail_plugins is None or LUA_PLUGIN in self.mail_plugins:
            return found
        return [replace(one, registered=one.name.lower() != "lua") for one in found]

    def script_settings(self) -> dict[str, str]:
        """
        What scripts can ask for one by one: ``plugin``, and of 2.4 all ``lua_settings``.
        """
        found = {**self.plugin, **self.lua_settings}
        for block in self.blocks or ():
            found.update(block.lua_settings or {})
        return found

    def expanded(self, user: MailUser) -> Settings:
        """
        The settings with their variables replaced, as at the beginning of the user's session.

        Raises:
            ConfigError: A variable that there is not, or a bad conditional; Dovecot then refuses the session.
        """

        def value_of(name: str, value: str) -> str:
            return self._value_expanded(name, value, user)

        blocks = self.blocks
        if blocks is not None:
            blocks = tuple(entry_expanded(block, value_of) for block in blocks)
        of_mail_lua = self.mail_lua_settings
        if of_mail_lua is not None:
            of_mail_lua = each_expanded(of_mail_lua, "mail_lua/lua_settings", value_of)
        return replace(
            self,
            plugin=each_expanded(self.plugin, "plugin", value_of),
            blocks=blocks,
            lua_settings=each_expanded(self.lua_settings, "lua_settings", value_of),
            mail_lua_script=self._script_expanded(value_of),
            mail_lua_settings=of_mail_lua,
        )

    def shown(self) -> Iterator[tuple[str, str, Origin | None]]:
        """
        Each setting with its value, secrets hidden, and its place; named as ``doveconf -S`` names them.
        """
        for name, value in self._all():
            yield name, masked(name.rpartition("/")[2], value), self.origin_of(name)

    def _all(self) -> Iterator[tuple[str, str]]:
        if self.mail_plugins is not None:
            yield "mail_plugins", " ".join(self.mail_plugins)
        for key, value in self.plugin.items():
            yield f"plugin/{key}", value
        if self.mail_lua_script is not None and self.blocks is not None:
            yield "mail_lua_script", self.mail_lua_script
            for key, value in (self.mail_lua_settings or {}).items():
                yield f"mail_lua/lua_settings/{key}", value
        for key, value in self.lua_settings.items():
            yield f"lua_settings/{key}", value
        for block in self.blocks or ():
            name = block.setting.replace(" ", "/", 1)
            yield f"{name}/driver", block.name
            for key, value in block.options.items():
                yield f"{name}/{key}", value
            for key, value in (block.lua_settings or {}).items():
                yield f"{name}/lua_settings/{key}", value

    def origin_of(self, name: str) -> Origin | None:
        """
        Where a setting is, by the name that :meth:`shown` has; a driver's may be inherited. None if unknown.
        """
        block, _, key = name.rpartition("/lua_settings/")
        return self.origins.get(name) or (self.origins.get(f"lua_settings/{key}") if block else None)

    def _value_expanded(self, name: str, value: str, user: MailUser) -> str:
        try:
            return setting_expanded(value, user, self.variables)
        except VarExpandError as error:
            key = name.removeprefix("plugin/")
            kind = "plugin setting" if key != name else "setting"
            help_text = "; write %% for a %" if self.variables == "percent" else ""
            origin = self.origin_of(name) or Origin(self.file, 1)
            raise origin.error(
                f"Failed to expand {kind} {key} = '{masked(key, value)}': {error}{help_text}"
            ) from None

    def _script_expanded(self, value_of: Callable[[str, str], str]) -> str | None:
        if self.mail_lua_script is None:
            return None
        name = "mail_lua_script" if self.blocks is not None else "plugin/mail_lua_script"
        return value_of(name, self.mail_lua_script)


def entry_expanded(entry: DriverEntry, value_of: Callable[[str, str], str]) -> DriverEntry:
    """
    A driver with the variables of its options replaced.
    """
    name = entry.setting.replace(" ", "/", 1)
    lua_settings = entry.lua_settings
    if lua_settings is not None:
        lua_settings = each_expanded(lua_settings, f"{name}/lua_settings", value_of)
    return replace(entry, options=each_expanded(entry.options, name, value_of), lua_settings=lua_settings)


def each_expanded(
    values: Mapping[str, str], name: str, value_of: Callable[[str, str], str]
) -> dict[str, str]:
    """
    Each value with its variables replaced.
    """
    return {key: value_of(f"{name}/{key}", value) for key, value in values.items()}

"""
``luahost.yaml``: the same settings for those who have no Dovecot. ``docs/luahost.schema.json`` describes it.

The format is the tables below; unknown keys are errors, so that no typing error goes unheard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luahost import dialects
from luahost.check_section import CheckSection, check_section
from luahost.config.origin import ConfigError, Origin
from luahost.config.serve_section import ServeSection, serve_section
from luahost.config.settings import Settings
from luahost.dataclass import dataclass, field
from luahost.documents.quoting import quoted
from luahost.documents.values import (
    Document,
    Reader,
    Value,
    as_written,
    file_path,
    items,
    members,
    record,
    text,
)
from luahost.documents.yaml_tree import MappingNode, ScalarNode, SequenceNode, read_tree
from luahost.drivers import DriverEntry
from luahost.errors import InputError

WHAT = "luahost.yaml"

Placed = Mapping[str, tuple[str, int]]
"""Texts by their keys, each with its line."""


@dataclass(frozen=True, slots=True)
class Driver:
    """
    One item of ``drivers``, at its place.
    """

    driver: str
    line: int
    file: str | None = None
    settings: Placed | None = None
    options: Placed = field(default_factory=dict)


def _name(value: Value) -> str:
    written = text(value)
    if not written:
        raise value.expected("a name")
    return written


def _texts(value: Value) -> Placed:
    return {key: (as_written(member), member.line) for key, member in members(value).items()}


def _names(value: Value) -> tuple[str, ...]:
    if isinstance(value.node, SequenceNode):
        return tuple(dict.fromkeys(_name(item) for item in items(value, "a plugin")))
    return tuple(as_written(value).replace(",", " ").split())


def _plugins(value: Value) -> tuple[int, dict[str, tuple[str, ...]]]:
    """
    The plugins of every service, under ``""``, or of each one by name.
    """
    if isinstance(value.node, MappingNode):
        return value.line, {key: _names(member) for key, member in members(value).items()}
    return value.line, {"": _names(value)}


def _dialect(value: Value) -> str:
    written = text(value)
    if written not in dialects.DIALECTS:
        raise value.expected(f"one of {', '.join(dialects.DIALECTS)}")
    return written


_DRIVER: Mapping[str, Reader[Any]] = {
    "driver": _name,
    "file": file_path,
    "settings": _texts,
    "options": _texts,
}
"""What an item of ``drivers`` may have."""


def _drivers(value: Value) -> tuple[Driver, ...]:
    found = []
    for item in items(value, "a driver"):
        if isinstance(item.node, ScalarNode):
            found.append(Driver(_name(item), item.line))
            continue
        read = record(item, _DRIVER, where="in a driver", required=["driver"])
        if "file" in read and read["driver"].lower() != "lua":
            raise item.error(f"file is for the driver lua, not for {quoted(read['driver'])}")
        found.append(Driver(line=item.line, **read))
    return tuple(found)


_TOP: Mapping[str, Reader[Any]] = {
    "dialect": _dialect,
    "service": _name,
    "mail_plugins": _plugins,
    "plugin": _texts,
    "drivers": _drivers,
    "mail_lua_script": file_path,
    "lua_settings": _texts,
    "check": check_section,
    "serve": serve_section,
}
"""What ``luahost.yaml`` may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlConfiguration:
    """
    What a ``luahost.yaml`` says.
    """

    file: str
    service: str = "lmtp"
    dialect: str = dialects.DEFAULT_DIALECT
    mail_plugins: tuple[int, Mapping[str, tuple[str, ...]]] | None = None
    plugin: Placed = field(default_factory=dict)
    drivers: tuple[Driver, ...] | None = None
    mail_lua_script: str | None = None
    lua_settings: Placed = field(default_factory=dict)
    check: CheckSection = field(default_factory=CheckSection)
    serve: ServeSection | None = None

    def settings(self, service: str | None) -> Settings:
        """
        The settings for a service; for the one that the file names if None.
        """
        service = service or self.service
        origins = origins_of(self.plugin, "plugin", self.file)
        origins.update(origins_of(self.lua_settings, "lua_settings", self.file))
        plugins = None
        if self.mail_plugins is not None:
            line, by_service = self.mail_plugins
            plugins = by_service.get(service, by_service.get("", ()))
            origins["mail_plugins"] = Origin(self.file, line)
        entries = []
        for number, driver in enumerate(self.drivers or (), 1):
            entry = driver_entry(driver, number)
            origins.update(driver_origins(driver, entry, self.file))
            entries.append(entry)
        return Settings(
            file=self.file,
            syntax="luahost.yaml",
            service=service,
            dialect=self.dialect,
            variables=dialects.dialect(self.dialect).var_expand,
            mail_plugins=plugins,
            plugin=texts_of(self.plugin),
            blocks=tuple(entries) if self.drivers is not None else None,
            mail_lua_script=self.mail_lua_script,
            lua_settings=texts_of(self.lua_settings),
            origins=origins,
        )


def texts_of(placed: Placed) -> dict[str, str]:
    """
    The texts without their lines.
    """
    return {key: written for key, (written, _) in placed.items()}


def origins_of(placed: Placed, name: str, file: str) -> dict[str, Origin]:
    """
    The places of texts, by the names that they are shown with.
    """
    return {f"{name}/{key}": Origin(file, line) for key, (_, line) in placed.items()}


def driver_entry(driver: Driver, number: int) -> DriverEntry:
    """
    An item of ``drivers`` as the drivers know it.
    """
    options = texts_of(driver.options)
    said = " ".join(f"{key}={value}" if value else key for key, value in options.items())
    return DriverEntry(
        name=driver.driver,
        options=options if driver.file is None else {"file": driver.file, **options},
        setting=f"drivers {number}",
        text=said or None,
        lua_settings=None if driver.settings is None else texts_of(driver.settings),
    )


def driver_origins(driver: Driver, entry: DriverEntry, file: str) -> dict[str, Origin]:
    """
    The places of a driver's settings, by the names that they are shown with.
    """
    name = entry.setting.replace(" ", "/", 1)
    here = Origin(file, driver.line)
    return {
        f"{name}/driver": here,
        f"{name}/file": here,
        **origins_of(driver.options, name, file),
        **origins_of(driver.settings or {}, f"{name}/lua_settings", file),
    }


def read_yaml(data: bytes, *, file: str) -> YamlConfiguration:
    """
    What a ``luahost.yaml`` says.

    Args:
        data: YAML in UTF-8.

        file: Its path; scripts are looked for beside it.

    Raises:
        ConfigError: It is malformed, or says what there is not; with the line.
    """
    try:
        tree = read_tree(data, file=file, what=WHAT)
        document = Document(file)
        value = Value(WHAT, tree or ScalarNode(1, "", is_null=True), document, 1)
        if not isinstance(value.node, MappingNode):
            raise value.expected(f"a mapping with the keys {', '.join(_TOP)}")
        found = record(value, _TOP, where="at the top")
    except InputError as error:
        raise ConfigError(error.message, file=file, line=error.line, column=error.column) from None
    return YamlConfiguration(file=file, **found)

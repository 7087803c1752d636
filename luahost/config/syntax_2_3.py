"""
Dovecot 2.3's ``dovecot.conf``: global settings, ``plugin { }``, and filters that override both.

Compared with ``doveconf`` 2.3.19.1. A ``$variable`` is replaced at once, by what the setting is at that
line; a filter's settings win over global ones, wherever they stand; of two filters for the same service
wins the one that came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luahost.config import filters
from luahost.config.files import Files
from luahost.config.origin import Note, Origin
from luahost.config.statements import Block, Opening, Setting, Statement
from luahost.config.values import Value, value_of
from luahost.dataclass import dataclass, field

PLUGIN = "plugin"
MAIL_PLUGINS = "mail_plugins"

DEFAULTS = {
    "base_dir": "/run/dovecot",
    "hostname": "",
    "mail_attribute_dict": "",
    "mail_home": "",
    "mail_location": "",
    "mail_plugins": "",
    "postmaster_address": "postmaster@%{if;%d;ne;;%d;%{hostname}}",
    "recipient_delimiter": "+",
    "sendmail_path": "/usr/sbin/sendmail",
    "state_dir": "/var/lib/dovecot",
}
"""What ``$NAME`` is where the configuration does not set it; the settings that others are made of."""

Filters = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Scope:
    """
    The settings for one combination of filters; for everybody if there are none.

    Attributes:
        values: By full name; ``plugin/KEY`` in ``plugin { }``, ``service/imap/chroot`` and its like.
    """

    filters: Filters
    values: dict[str, Value] = field(default_factory=dict)


class Configuration23:
    """
    What the statements of a configuration say, in their order.

    Attributes:
        notes: What Dovecot takes and is hardly meant.
    """

    def __init__(self, statements: Iterable[Statement], files: Files) -> None:
        self.notes: list[Note] = []
        self._files = files
        self._scopes: dict[Filters, Scope] = {(): Scope(())}
        for statement in statements:
            match statement:
                case Opening():
                    check_block(statement.blocks)
                case Setting():
                    self._set(statement)

    def values(self, service: str) -> dict[str, Value]:
        """
        Every setting as it is for a service.
        """
        found = dict(self._scopes[()].values)
        for scope in reversed(list(self._matching(service))):
            found.update(scope.values)
        return found

    def sets(self, name: str) -> bool:
        """
        Whether any scope sets it, for whomever.
        """
        return any(name in scope.values for scope in self._scopes.values())

    def protocols(self) -> list[str]:
        """
        The services that have a ``protocol`` block.
        """
        names = [
            name for scope in self._scopes.values() for kind, name in scope.filters if kind == "protocol"
        ]
        return list(dict.fromkeys(name.removeprefix("!") for name in names if name))

    def _matching(self, service: str) -> Iterator[Scope]:
        for scope in self._scopes.values():
            if scope.filters and filters.applies(scope.filters, service):
                yield scope

    def _set(self, setting: Setting) -> None:
        count = filters.filters_of(setting.blocks)
        scope = self._scope(setting.blocks[:count])
        name = full_name(setting.blocks[count:], setting)
        meant = name == MAIL_PLUGINS or name.startswith(f"{PLUGIN}/")
        if meant and any(block.kind in filters.CONNECTION_FILTERS for block in setting.blocks[:count]):
            self.notes.append(filters.connection_note(setting.blocks[0].kind, setting.origin))
        if name == MAIL_PLUGINS and not count:
            self._warn_of_earlier_filters(setting.origin)
        scope.values[name] = self._value(setting, name, scope, meant=meant)

    def _scope(self, blocks: tuple[Block, ...]) -> Scope:
        key = tuple((block.kind, block.name) for block in blocks)
        return self._scopes.setdefault(key, Scope(key))

    def _value(self, setting: Setting, name: str, scope: Scope, *, meant: bool) -> Value:
        written, origin = setting.written, setting.origin

        def lookup(variable: str) -> str | None:
            return self._variable(variable, origin, name, scope)

        return value_of(written, origin, lookup, self._files, meant=meant)

    def _variable(self, name: str, origin: Origin, setting: str, scope: Scope) -> str | None:
        """
        The value of ``$NAME`` in a setting of a scope.

        In a filter that is what the filter itself has set so far. What is set outside is seen only by a
        setting that names itself (``mail_plugins = $mail_plugins notify``); any other one gets the default.
        """
        if name.startswith(f"{PLUGIN}/"):
            return None
        default = DEFAULTS.get(name)
        for filters_so_far in range(len(scope.filters), -1, -1):
            around = self._scopes.get(scope.filters[:filters_so_far])
            value = around.values.get(name) if around is not None else None
            if value is None:
                continue
            if around is scope or name == setting:
                return value.used(self._files)
            kind = scope.filters[-1][0]
            words = (
                f"in {kind} {{ }} Dovecot takes ${name} as its default ({default or 'empty'}), "
                f"not as it is set at {value.origin}"
            )
            self.notes.append(Note(origin, words))
            return default or ""
        return default

    def _warn_of_earlier_filters(self, origin: Origin) -> None:
        for scope in self._scopes.values():
            if scope.filters and MAIL_PLUGINS in scope.values:
                words = (
                    f"Global setting {MAIL_PLUGINS} won't change the setting inside an earlier filter at "
                    f"{scope.values[MAIL_PLUGINS].origin}"
                )
                self.notes.append(Note(origin, words))


def full_name(blocks: tuple[Block, ...], setting: Setting) -> str:
    """
    A setting's name with the blocks around it that are no filters.

    Raises:
        ConfigError: Dovecot knows no such setting in this place, and push would go wrong without.
    """
    if not blocks:
        if not setting.key:
            raise setting.origin.error(
                "Missing key name ('=' at the beginning of line): a line is KEY = VALUE"
            )
        if setting.key.startswith("!"):
            raise setting.origin.error(f"Unknown setting: {setting.key}; after !include comes a blank")
        parts = setting.key.split("/", 1)
        if parts[0] == PLUGIN and len(parts) > 1 and "/" in parts[1]:
            raise setting.origin.error(f"Unknown setting: {setting.key}; names in {PLUGIN} have no /")
        return setting.key
    if blocks[0].kind == PLUGIN:
        if "/" in setting.key:
            raise setting.origin.error(
                f"Unknown setting: plugin {{ {setting.key}; names in {PLUGIN} have no /"
            )
        return f"{PLUGIN}/{setting.key}"
    if setting.key == MAIL_PLUGINS:
        raise setting.origin.error(
            f"Unknown setting: {blocks[0].kind} {{ {MAIL_PLUGINS}; "
            "it stands at the top or in protocol NAME { }"
        )
    return "/".join([*(part for block in blocks for part in (block.kind, block.name) if part), setting.key])


def check_block(blocks: tuple[Block, ...]) -> None:
    """
    Refuse a block that Dovecot refuses, if what is for push would be lost in it.
    """
    count = filters.filters_of(blocks)
    around, block = blocks[count:-1], blocks[-1]
    if not around:
        return
    if around[0].kind == PLUGIN:
        raise block.origin.error(
            "Section not allowed here: plugin { } holds settings only; is a } missing above?"
        )
    if block.kind == PLUGIN:
        raise block.origin.error(
            f"Unknown setting: {around[-1].kind} {{ {PLUGIN}; "
            "it stands at the top or in protocol NAME { }; is a } missing above?"
        )

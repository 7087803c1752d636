"""
Dovecot 2.4's ``dovecot.conf``: settings in filters, and filters in each other.

Compared with a real Dovecot 2.4.1. A block is a filter, of a service (``protocol``) or of a thing that has
settings of its own (``push_notification NAME``). Whoever looks for a setting asks the filters that fit, the
most special one first and what is outside of all last, and takes what the first says that sets it; lists are
put together on the way. Of filters that are equally special, the one that was begun last is asked first. The
groups that a filter includes come after it.

A ``$SET:name`` is replaced at once, by what the setting is in this very filter so far, else by its default.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from luahost.config import filters
from luahost.config.boolean_list import names_of, truth
from luahost.config.files import Files
from luahost.config.filter_tree import Filter, FilterTree, is_grouped
from luahost.config.origin import Note, Origin
from luahost.config.push_blocks import (
    GROUP,
    LISTS,
    MAIL_LUA,
    PUSH,
    Part,
    Path,
    filters_of,
    full_name,
    list_of,
)
from luahost.config.statements import Opening, Setting, Statement
from luahost.config.values import Value, value_of
from luahost.dataclass import dataclass

SETTING_VARIABLE = "SET:"

DEFAULTS = {
    "base_dir": "/run/dovecot",
    "hostname": "",
    "lua_file": "",
    "mail_driver": "",
    "mail_home": "",
    "mail_path": "",
    "postmaster_address": "postmaster@%{user|domain|default(hostname)}",
    "push_notification_driver": "",
    "push_notification_ox_url": "",
    "recipient_delimiter": "+",
    "sendmail_path": "/usr/sbin/sendmail",
    "state_dir": "/var/lib/dovecot",
}
"""What ``$SET:NAME`` is where the filter does not set it; the settings that others are made of."""

MAX_DRIVERS = 100
"""Blocks ``push_notification NAME``; for each one all the rest is gone through."""

BUILT_IN_GROUPS = ("mailbox_defaults", "metric_defaults")
"""Labels of groups that Dovecot brings along; none of them is about push."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    The settings for somebody.

    Attributes:
        values: By their whole names.

        lists: By their names.

        own: The names of those values that are set for this very block.
    """

    values: dict[str, Value]
    lists: dict[str, dict[str, Value]]
    own: set[str]


class Configuration24:
    """
    What the statements of a configuration say, in their order.

    Attributes:
        notes: What Dovecot takes and is hardly meant.
    """

    def __init__(self, statements: Iterable[Statement], files: Files) -> None:
        self.notes: list[Note] = []
        self._files = files
        self._filters = FilterTree()
        self._in_filters: dict[str, Origin] = {}
        self._in_protocols: set[str] = set()
        for statement in statements:
            path = filters_of(statement.blocks)
            match statement:
                case Opening():
                    if list_of(statement.blocks) is None:
                        self._open(path, statement.origin)
                case Setting():
                    self._set(self._filters.at(path, statement.origin), statement)
        self._check_groups()

    def values(self, service: str, block: Part | None = None) -> Found:
        """
        Every setting for a service, and for a block ``push_notification NAME`` or ``mail_lua`` in it.
        """
        found = Found({}, {}, set())
        for one in self._filters.matching(service, block):
            found.values.update(one.values)
            for name, listed in one.lists.items():
                if name in one.anew:
                    found.lists[name] = {}
                found.lists.setdefault(name, {}).update(listed)
            if block is not None and block in one.path:
                found.own.update(one.values)
        return found

    def drivers(self, service: str) -> dict[str, Origin]:
        """
        The names of the ``push_notification`` blocks for a service in Dovecot's order, with where they begin.
        """
        known: set[str] = set()
        found: deque[list[tuple[str, Origin]]] = deque()
        for one in reversed(list(self._filters.matching(service, None))):
            # What is less special goes in front, but for what is there already.
            found.appendleft([entry for entry in one.drivers.items() if entry[0] not in known])
            known.update(one.drivers)
            if len(known) > MAX_DRIVERS:
                raise list(one.drivers.values())[-1].error(f"more than {MAX_DRIVERS} blocks {PUSH}")
        return dict(entry for entries in found for entry in entries)

    def text(self, value: Value) -> str:
        """
        The text of a value.

        Raises:
            ConfigError: It cannot be used.
        """
        return value.used(self._files)

    def sets(self, name: str) -> bool:
        """
        Whether any filter sets it, for whomever.
        """
        return any(name in one.values or name in one.lists for one in self._filters)

    def protocols(self) -> list[str]:
        """
        The services that have a ``protocol`` block.
        """
        names = [name for one in self._filters for kind, name in one.path if kind == "protocol"]
        return list(dict.fromkeys(name.removeprefix("!") for name in names if name))

    def _open(self, path: Path, origin: Origin) -> None:
        """
        Begin a block. The first time a driver's block makes the filter around know of it.
        """
        if path in self._filters:
            return
        self._filters.at(path, origin)
        kind, name = path[-1]
        if kind != PUSH:
            return
        self._filters.at(path[:-1], origin).drivers[name] = origin
        if path[0][0] == "protocol":
            self._in_protocols.add(name)
        elif len(path) == 1 and name in self._in_protocols:
            words = (
                f"this {PUSH} {name} {{ }} wins over that in protocol {{ }} above, since it begins after it"
            )
            self.notes.append(Note(origin, words))

    def _set(self, around: Filter, setting: Setting) -> None:
        name = list_of(setting.blocks)
        if setting.key.startswith("@") and name is None:
            self._include(around, setting)
            return
        entry = setting.key
        if name is None:
            around, name, entry = self._addressed(around, setting)
        is_list = name in LISTS
        meant = is_list or is_for_push(name) or (PUSH in (kind for kind, _ in around.path))
        value = self._value(setting, around, meant=meant)
        self._note_place(around, name, setting.origin, meant=meant)
        if not is_list:
            around.values[name] = value
        elif entry == name and not list_of(setting.blocks):
            around.lists[name] = whole_list(name, value)
            around.anew.add(name)
        else:
            if name == "mail_plugins":
                truth(f"{name} {{ {entry} }}", value)
            around.lists.setdefault(name, {})[entry] = value

    def _addressed(self, around: Filter, setting: Setting) -> tuple[Filter, str, str]:
        """
        The filter, the setting, and what of it if it is a list, that ``push_notification/NAME/KEY`` means.
        """
        parts = setting.key.split("/")
        path = around.path
        while len(parts) > 1 and parts[0] in (PUSH, MAIL_LUA) and (parts[0] == MAIL_LUA or len(parts) > 2):
            name = parts.pop(1) if parts[0] == PUSH else ""
            path = (*path, (parts.pop(0), name))
        if parts[0] in LISTS and len(parts) > 1:
            return self._filters.at(path, setting.origin), parts[0], "/".join(parts[1:])
        name = full_name(path, "/".join(parts), setting.origin)
        if name == PUSH:
            raise setting.origin.error(f"{PUSH}: Setting is a named list filter, use '{PUSH} NAME {{'")
        return self._filters.at(path, setting.origin), name, name

    def _include(self, around: Filter, setting: Setting) -> None:
        if any(kind == GROUP for kind, _ in around.path):
            raise setting.origin.error("Recursive include groups not allowed")
        name = self._value(setting, around, meant=True).text
        around.groups[setting.key[1:]] = name, setting.origin

    def _check_groups(self) -> None:
        """
        Refuse groups that are nowhere.
        """
        known = {one.path[0][1].partition(" ")[::2] for one in self._filters if is_grouped(one.path)}
        for one in self._filters:
            for label, (name, origin) in one.groups.items():
                if label in BUILT_IN_GROUPS or (f"@{label}", name) in known:
                    continue
                labels = {found for found, _ in known}
                words = (
                    f"Unknown group @{label}={name}"
                    if f"@{label}" in labels
                    else f"Unknown group label @{label}"
                )
                raise origin.error(f"{words}: no group @{label} {name} {{ }} is here")

    def _value(self, setting: Setting, around: Filter, *, meant: bool) -> Value:
        written, origin = setting.written, setting.origin

        def lookup(variable: str) -> str | None:
            if not variable.startswith(SETTING_VARIABLE):
                return f"${variable}"
            return self._variable(variable.removeprefix(SETTING_VARIABLE), setting, around)

        return value_of(written, origin, lookup, self._files, meant=meant)

    def _variable(self, name: str, setting: Setting, around: Filter) -> str:
        """
        The value of ``$SET:NAME`` in a filter: what that sets so far, else the default, not what is outside.

        Only a setting that names itself sees what is outside.
        """
        if name in (*LISTS, PUSH):
            raise setting.origin.error(
                f"Failed to expand $SET:{name}: Setting type can't be expanded to string"
            )
        for length in range(len(around.path), -1, -1):
            found = self._filters.at(around.path[:length], setting.origin).values.get(name)
            if found is None:
                continue
            if length == len(around.path) or name == setting.key:
                return found.used(self._files)
            words = (
                f"in {around.path[-1][0]} {{ }} Dovecot takes $SET:{name} as its default "
                f"({DEFAULTS.get(name) or 'empty'}), not as it is set at {found.origin}"
            )
            self.notes.append(Note(setting.origin, words))
            return DEFAULTS.get(name, "")
        if name not in DEFAULTS:
            raise setting.origin.error(
                f"Unknown setting: {name}; $SET:{name} is what stands above it in the same block, "
                "and luahost knows few of Dovecot's defaults"
            )
        return DEFAULTS[name]

    def _note_place(self, around: Filter, name: str, origin: Origin, *, meant: bool) -> None:
        """
        Say so where a setting of push is for some connections only, or a global one comes after a filter's.
        """
        if not meant:
            return
        kinds = [kind for kind, _ in around.path]
        connection = next((kind for kind in kinds if kind in filters.CONNECTION_FILTERS), None)
        if connection is not None:
            self.notes.append(filters.connection_note(connection, origin))
        if not around.path and name in self._in_filters:
            earlier = self._in_filters[name]
            words = f"Global setting {name} won't change the setting inside an earlier filter at {earlier}"
            self.notes.append(Note(origin, words))
        elif "protocol" in kinds or MAIL_LUA in kinds:
            self._in_filters.setdefault(name, origin)


def is_for_push(name: str) -> bool:
    """
    Whether luahost has a use for the setting, wherever it stands.
    """
    return name == "lua_file" or name.startswith(f"{PUSH}_")


def whole_list(name: str, value: Value) -> dict[str, Value]:
    """
    The entries of a list that is set as a whole, ``LIST = …``.

    Raises:
        ConfigError: It is a list of keys and values, which this way can only be emptied, or 2.3's syntax.
    """
    if name == "lua_settings" and value.text:
        raise value.origin.error(
            "lua_settings: Setting is a string list, use 'lua_settings {', lines with KEY = VALUE, and '}'"
        )
    return {entry: Value("yes", value.origin) for entry in names_of(name, value)}

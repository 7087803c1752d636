"""
The filters of a configuration of Dovecot 2.4, and which of them are asked for whom, in what order.

A filter is known by its path, the filters around it and itself: ``protocol imap`` and in it
``push_notification lua``. Here they are told apart and put in order; what is set in them is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from luahost.config import filters
from luahost.config.origin import Origin
from luahost.config.push_blocks import GROUP, Part, Path
from luahost.config.values import Value
from luahost.dataclass import dataclass, field

MAX_FILTERS = 100_000
"""Filters in a configuration; those for some users or names only are generated, and are fewer."""


@dataclass(slots=True)
class Filter:
    """
    What stands in a filter, however often its block is opened.

    Attributes:
        path: The filters around it and itself; empty for what is outside of all.

        order: How many were begun before it.

        values: The settings, by their whole names.

        lists: What the lists name, each with its value.

        anew: The lists that do not add to those further outside.

        drivers: The blocks ``push_notification NAME`` that were begun in it, in order, and where.

        groups: The groups that it includes: by label the name, and where.
    """

    path: Path
    order: int
    values: dict[str, Value] = field(default_factory=dict)
    lists: dict[str, dict[str, Value]] = field(default_factory=dict)
    anew: set[str] = field(default_factory=set)
    drivers: dict[str, Origin] = field(default_factory=dict)
    groups: dict[str, tuple[str, Origin]] = field(default_factory=dict)


class FilterTree:
    """
    All filters, in the order in which they were begun.
    """

    def __init__(self) -> None:
        self._filters: dict[Path, Filter] = {(): Filter((), 0)}
        self._by_things: dict[Path, list[Filter]] = {(): [self._filters[()]]}

    def __contains__(self, path: Path) -> bool:
        return path in self._filters

    def __iter__(self) -> Iterator[Filter]:
        return iter(self._filters.values())

    def at(self, path: Path, origin: Origin) -> Filter:
        """
        The filter of this path, which begins at the origin if it has not before.

        Raises:
            ConfigError: There are too many.
        """
        if path not in self._filters:
            self._filters[path] = Filter(path, len(self._filters))
            self._by_things.setdefault(things_of(path), []).append(self._filters[path])
            if len(self._filters) > MAX_FILTERS:
                raise origin.error(f"more than {MAX_FILTERS} different blocks")
        return self._filters[path]

    def matching(self, service: str, block: Part | None) -> Iterator[Filter]:
        """
        The filters that are for a service, and for a block in it, what wins over others after them.
        """
        for things in things_for(block):
            for one in self._by_things.get(things, ()):
                if filters.applies(whom(one.path), service):
                    yield from self._grouped(one, block)
                    yield one

    def _grouped(self, around: Filter, block: Part | None) -> Iterator[Filter]:
        """
        The filters in the groups that a filter includes, what wins over others after them.
        """
        for things in things_for(block):
            paths = [((GROUP, f"@{label} {name}"), *things) for label, (name, _) in around.groups.items()]
            found = [self._filters[path] for path in paths if path in self._filters]
            yield from sorted(found, key=lambda one: one.order)


def is_grouped(path: Path) -> bool:
    """
    Whether it stands in a ``group @label name { }``, or is one.
    """
    return path[:1] != () and path[0][0] == GROUP


def whom(path: Path) -> Path:
    """
    The filters of a path that say for whom.
    """
    return tuple(part for part in path if part[0] in filters.ORDER)


def things_of(path: Path) -> Path:
    """
    The filters of a path that say of what.
    """
    return tuple(part for part in path if part[0] not in filters.ORDER)


def things_for(block: Part | None) -> tuple[Path, ...]:
    """
    Of what a filter may be that is for a block, the less special first.
    """
    # A block in itself is for it, too, and more so.
    return ((),) if block is None else ((), (block,), (block, block))

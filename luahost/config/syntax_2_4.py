"""
Dovecot 2.4's ``dovecot.conf``: every setting is global, and blocks say in which situation it counts.

Settings of a ``protocol`` block win over those outside, wherever they stand. ``$SET:name`` is replaced at
the end, by what the setting is for the service. Written after the public documentation and recordings of
Dovecot 2.4.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from luahost.config import filters
from luahost.config.files import Files
from luahost.config.origin import Note, Origin
from luahost.config.push_blocks import LISTS, MAIL_LUA, PUSH, canonical_path
from luahost.config.quoting import unquoted
from luahost.config.statements import Block, Setting, Statement
from luahost.config.values import MAX_VALUE, Value, read_value
from luahost.dataclass import dataclass, replace

MAX_GROUPED = 10_000
"""Settings that come out of groups; a group may include another twice, and so on."""

MAX_REFERENCES = 50
"""``$SET:`` that name each other in a chain."""

SETTING_VARIABLE = "SET:"

Path = tuple[str, ...]
Filters = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """
    One ``KEY = VALUE``, or the beginning of a block if ``written`` is None, with its place in the tree.
    """

    filters: Filters
    path: Path
    written: str | None
    origin: Origin


class Configuration24:
    """
    What the statements of a configuration say.

    Attributes:
        notes: What Dovecot takes and is hardly meant.
    """

    def __init__(self, statements: Iterable[Statement], files: Files) -> None:
        self.notes: list[Note] = []
        self._files = files
        self._grouped = 0
        own, self._groups = without_groups(statements)
        self._assignments = [one for statement in own for one in self._assigned(statement, ())]
        for one in self._assignments:
            self._note_connection(one)

    def values(self, service: str) -> dict[Path, Value]:
        """
        Every setting for push as it is for a service, by its path; a block and a list are there too, empty.

        Raises:
            ConfigError: A setting for push names another one that is not there, or itself.
        """
        found: dict[Path, Assignment] = {}
        for one in self._in_order(service):
            self._apply(one, found)
        texts: dict[Path, str] = {}
        return {
            path: Value(self._text(one, found, (), texts), one.origin)
            for path, one in found.items()
            if is_for_push(path)
        }

    def sets(self, name: str) -> bool:
        """
        Whether anything sets it or something in it, for whomever.
        """
        return any(one.path[0] == name for one in self._assignments if one.path)

    def protocols(self) -> list[str]:
        """
        The services that have a ``protocol`` block.
        """
        names = [name for one in self._assignments for kind, name in one.filters if kind == "protocol"]
        return list(dict.fromkeys(name.removeprefix("!") for name in names if name))

    def _in_order(self, service: str) -> Iterator[Assignment]:
        """
        What is for a service, what is for everybody first.
        """
        yield from (one for one in self._assignments if not one.filters)
        for one in self._assignments:
            if one.filters and filters.applies(one.filters, service):
                yield one

    def _assigned(self, statement: Statement, around: tuple[str, ...]) -> Iterator[Assignment]:
        """
        The assignments that a statement stands for; an ``@label = name`` for all of that group.
        """
        if isinstance(statement, Setting) and statement.key.startswith("@"):
            yield from self._included(statement, around)
            return
        key = statement.key if isinstance(statement, Setting) else None
        path = canonical_path(statement.blocks, key, statement.origin)
        if path:
            written = statement.written if isinstance(statement, Setting) else None
            yield Assignment(filters_of(statement.blocks), path, written, statement.origin)

    def _included(self, setting: Setting, around: tuple[str, ...]) -> Iterator[Assignment]:
        label, name = setting.key, unquoted(setting.written) or setting.written
        key = f"{label} {name}"
        if key in around:
            raise setting.origin.error(f"the group {key} includes itself")
        # Dovecot brings groups for mailboxes and statistics along; none of them is about push.
        inner = [block for block in setting.blocks if not filters.is_filter(block)]
        if key not in self._groups and (not inner or is_for_push((inner[0].kind,))):
            words = f"no group {key} {{ }} is here, so luahost leaves out what it sets"
            self.notes.append(Note(setting.origin, words))
        for statement in self._groups.get(key, ()):
            self._grouped += 1
            if self._grouped > MAX_GROUPED:
                raise setting.origin.error(f"groups make more than {MAX_GROUPED} settings")
            moved = replace(statement, blocks=(*setting.blocks, *statement.blocks))
            yield from self._assigned(moved, (*around, key))

    def _apply(self, one: Assignment, found: dict[Path, Assignment]) -> None:
        """
        Let an assignment take effect on what those before it made.
        """
        if one.path[-1] not in LISTS:
            if one.written is None:
                found.setdefault(one.path, one)
            else:
                found[one.path] = self._with_itself(one, found)
            return
        if one.written is None:
            return
        # The list itself stays as the place where its names are from.
        one = replace(one, written=self._list_with_itself(one, found))
        for path in [path for path in found if path[: len(one.path)] == one.path]:
            del found[path]
        found[one.path] = replace(one, written="")
        for name in list_names(one):
            found[(*one.path, name)] = replace(one, path=(*one.path, name), written="yes")

    def _with_itself(self, one: Assignment, found: dict[Path, Assignment]) -> Assignment:
        """
        A value that names its own setting, with what that was so far.
        """
        itself = f"${SETTING_VARIABLE}{'/'.join(one.path)}"
        before = found.get(one.path)
        if one.written is None or itself not in one.written.split(" "):
            return one
        so_far = (before.written if before is not None else None) or ""
        words = [so_far if word == itself else word for word in one.written.split(" ")]
        return replace(one, written=bounded(" ".join(words), one.origin))

    def _list_with_itself(self, one: Assignment, found: dict[Path, Assignment]) -> str:
        names = " ".join(path[-1] for path in found if path[:-1] == one.path)
        written = one.written or ""
        return bounded(written.replace(f"${SETTING_VARIABLE}{one.path[-1]}", names), one.origin)

    def _text(
        self, one: Assignment, found: dict[Path, Assignment], chain: tuple[Path, ...], texts: dict[Path, str]
    ) -> str:
        """
        The text of a value, with other settings as they are in the end.

        Args:
            one: The value.

            found: All others.

            chain: The settings whose values are being put together, the first one first.

            texts: The texts so far; without them a chain of doubling values would never end.
        """
        if one.written is None:
            return ""
        if one.path in texts:
            return texts[one.path]
        chain = (*chain, one.path)

        def lookup(variable: str) -> str | None:
            if not variable.startswith(SETTING_VARIABLE):
                return f"${variable}"
            named = found.get(tuple(variable.removeprefix(SETTING_VARIABLE).split("/")))
            if named is None:
                return None
            if named.path in chain or len(chain) > MAX_REFERENCES:
                circle = " → ".join("/".join(path) for path in (*chain, named.path))
                raise one.origin.error(f"${variable} goes round in a circle: {circle}")
            return self._text(named, found, chain, texts)

        texts[one.path] = read_value(one.written, one.origin, lookup, self._files)
        return texts[one.path]

    def _note_connection(self, one: Assignment) -> None:
        kinds = [kind for kind, _ in one.filters if kind in filters.CONNECTION_FILTERS]
        if kinds and one.written is not None and is_for_push(one.path):
            self.notes.append(filters.connection_note(kinds[0], one.origin))


def is_for_push(path: Path) -> bool:
    """
    Whether luahost has a use for the setting.
    """
    return path[0] in (*LISTS, PUSH, MAIL_LUA, "lua_file")


def without_groups(statements: Iterable[Statement]) -> tuple[list[Statement], dict[str, list[Statement]]]:
    """
    The statements outside of groups, and those of each ``group @label name { }`` as if they stood alone.
    """
    own: list[Statement] = []
    groups: dict[str, list[Statement]] = {}
    for statement in statements:
        blocks = statement.blocks
        if not blocks or blocks[0].kind != "group":
            own.append(statement)
            continue
        inner = groups.setdefault(blocks[0].name, [])
        if len(blocks) > 1 or isinstance(statement, Setting):
            inner.append(replace(statement, blocks=blocks[1:]))
    return own, groups


def filters_of(blocks: tuple[Block, ...]) -> Filters:
    """
    The filters among blocks, wherever they stand.

    Raises:
        ConfigError: They stand in each other in an order that Dovecot refuses.
    """
    found = [block for block in blocks if filters.is_filter(block)]
    for outer, inner in pairwise(found):
        filters.check_order(outer, inner)
    return tuple((block.kind, block.name) for block in found)


def list_names(one: Assignment) -> list[str]:
    """
    The names of a list that is set as a whole.

    Raises:
        ConfigError: It is a list of keys and values, which this way can only be emptied, or 2.3's syntax.
    """
    written = one.written or ""
    names = (unquoted(written) if unquoted(written) is not None else written) or ""
    found = [name.strip("\"'") for name in names.replace(",", " ").split()]
    if found and one.path[-1] == "lua_settings":
        raise one.origin.error(
            "lua_settings is a list of keys and values: lua_settings {, lines with KEY = VALUE, and }"
        )
    for name in found:
        if name.startswith("$"):
            raise one.origin.error(
                f"{name} is Dovecot 2.3's syntax; in 2.4 mail_plugins {{ notify = yes }} adds to the list"
            )
    return found


def bounded(text: str, origin: Origin) -> str:
    """
    The text, unless settings that name themselves have made it too long.
    """
    if len(text) > MAX_VALUE:
        raise origin.error(f"the value is longer than {MAX_VALUE} characters with its variables")
    return text

"""
The section ``check`` of ``luahost.yaml``: what ``luahost check`` is asked for in a project.

It stands by itself, since two rooms read it: ``config/`` with all the rest of the file, and the command
``check``, which needs nothing else of it and has no time for more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from luahost.documents.values import Document, Reader, Value, as_written, items, members, number, record, text
from luahost.documents.yaml_tree import MappingNode, read_tree
from luahost.errors import InputError

FILE = "luahost.yaml"
KEY = "check"

DIALECTS = ("documented", "2.3", "2.4")
LEVELS = ("error", "warning", "note", "off")


class CheckSection(NamedTuple):
    """
    What a ``luahost.yaml`` says about checks; None where it says nothing.

    Attributes:
        dialects: Whose rules count; those of the file's ``dialect`` if only that is there.

        rules: Severities by rule; ``off`` for none.

        budget_seconds: How long a transaction may hold mail at worst.

        messages: How many messages a transaction brings, for that.

        modules: Modules that are installed on the mail server.

        settings: Settings for the run.

        fail_on: What makes the exit code 1.
    """

    dialects: tuple[str, ...] | None = None
    rules: Mapping[str, str] = {}
    budget_seconds: float | None = None
    messages: int | None = None
    modules: tuple[str, ...] = ()
    settings: Mapping[str, str] = {}
    fail_on: str | None = None


def _one_of(words: tuple[str, ...]) -> Reader[str]:
    def read(value: Value) -> str:
        written = text(value)
        if written not in words:
            raise value.expected(f"one of {', '.join(words)}")
        return written

    return read


def _dialects(value: Value) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_one_of(DIALECTS)(item) for item in items(value, "a dialect")))
    if not found:
        raise value.expected("a list of dialects")
    return found


def _rules(value: Value) -> dict[str, str]:
    return {name: _one_of(LEVELS)(member) for name, member in members(value).items()}


def _seconds(value: Value) -> float:
    written = as_written(value)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", written):
        raise value.expected("a number of seconds")
    return float(written)


def _modules(value: Value) -> tuple[str, ...]:
    return tuple(text(item) for item in items(value, "a module"))


def _settings(value: Value) -> dict[str, str]:
    return {key: as_written(member) for key, member in members(value).items()}


TABLE: Mapping[str, Reader[Any]] = {
    "dialects": _dialects,
    "rules": _rules,
    "budget_seconds": _seconds,
    "messages": number(1, 1_000_000),
    "modules": _modules,
    "settings": _settings,
    "fail_on": _one_of(LEVELS[:3]),
}
"""What the section may have."""


def check_section(value: Value) -> CheckSection:
    """
    The section at this place of the file.
    """
    if value.is_nothing:
        return CheckSection()
    return CheckSection(**record(value, TABLE, where=f"in {KEY}"))


def read_check_section(path: str) -> CheckSection:
    """
    The section of a file; an empty one if the file has none, or is not there.

    Raises:
        InputError: It cannot be read, or the section says what there is not; with the line.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return CheckSection()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from None
    tree = read_tree(data, file=path, what=FILE)
    if not isinstance(tree, MappingNode):
        return CheckSection()
    found = members(Value(FILE, tree, Document(path), 1))
    section = check_section(found[KEY]) if KEY in found else CheckSection()
    if section.dialects is None and "dialect" in found:
        section = section._replace(dialects=(_one_of(DIALECTS)(found["dialect"]),))
    return section

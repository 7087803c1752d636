"""
What a spec file says about itself in comments, before anything of it can run:
``-- luahost: script push.lua``.

A script's dialect, settings and mailboxes have to be known before it is loaded, and the spec is loaded after
it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from luahost import patterns
from luahost.dataclass import dataclass, field
from luahost.dialects import DEFAULT_DIALECT, DIALECTS
from luahost.documents.quoting import quoted
from luahost.documents.values import meant_or_known
from luahost.errors import InputError, UsageError
from luahost.runtime import DEFAULT_LUA, LUA_VERSIONS, Limits, limit_value

ENDING = "_spec.lua"
"""How names of spec files end."""

ALL = "all"

_LINE = patterns.compile(r"[ \t]*--+[ \t]*luahost:[ \t]*(\S*)[ \t]*(.*?)[ \t]*\r?")

_OF_CHECK = "ignore="
"""What ``luahost check`` reads, and nobody here."""


@dataclass(slots=True)
class Directives:
    """
    How a spec file is run.

    Attributes:
        script: Path of the script that it tests.

        dialects, lua: Each test is run in all of these.

        settings: Plugin settings.

        user: Whose session it is.

        mailboxes: The mailboxes that are there before each test, INBOX with them.

        limits: Limits of the script that differ from the usual ones.

        seed: What random numbers begin with.

        debug: Whether Dovecot's debug lines are among the effects.
    """

    script: str = ""
    dialects: tuple[str, ...] = (DEFAULT_DIALECT,)
    lua: tuple[str, ...] = (DEFAULT_LUA,)
    settings: dict[str, str] = field(default_factory=dict)
    user: str = "bob"
    mailboxes: list[str] = field(default_factory=lambda: ["INBOX"])
    limits: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    debug: bool = False


def directives(source: bytes, *, file: str) -> Directives:
    """
    What a spec file says of itself.

    Raises:
        InputError: Something that nobody understands, or there is no script; with file and line.
    """
    found = Directives()
    text = source.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    for number, line in enumerate(text.split("\n"), 1):
        said = _LINE.fullmatch(line)
        if said is None or said[1].startswith(_OF_CHECK):
            continue
        word, value = said.groups()
        try:
            if word not in _READERS:
                raise UsageError(f"there is no directive {quoted(word)}; {meant_or_known(word, [*_READERS])}")
            if not value and word != "debug":
                raise UsageError(f"{word} needs a value behind it")
            _READERS[word](found, value)
        except UsageError as error:
            raise InputError(str(error), file=file, line=number) from None
        if word == "script":
            _check_script(found.script, file, number)
    if not found.script:
        found.script = _beside(file)
        _check_script(found.script, file, None)
    return found


def _check_script(script: str, file: str, line: int | None) -> None:
    path = _path(script, file)
    if not os.path.isfile(path):
        raise InputError(f"there is no script {path}", file=file, line=line)
    if not os.access(path, os.R_OK, effective_ids=True):
        raise InputError(f"the script {path} cannot be read: Permission denied", file=file, line=line)


def _path(script: str, file: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(file), script))


def script_path(found: Directives, file: str) -> str:
    """
    The script's path, which the file gives from its own folder.
    """
    return _path(found.script, file)


def _beside(file: str) -> str:
    """
    The script that a spec file is named for: ``push_spec.lua`` tests ``push.lua`` beside it or one folder up.
    """
    name = os.path.basename(file).removesuffix(ENDING) + ".lua"
    for candidate in (name, os.path.join(os.pardir, name)):
        if os.path.isfile(_path(candidate, file)):
            return candidate
    raise InputError(
        "which script? Name it in a comment, -- luahost: script push.lua, or name this file for it: there is "
        f"no {name} beside it or one folder up",
        file=file,
    )


def _names(value: str, known: list[str], what: str) -> tuple[str, ...]:
    names = dict.fromkeys(re.split(r"[,\s]+", value.strip(", ")))
    if ALL in names:
        return tuple(known)
    for name in names:
        if name not in known:
            raise UsageError(f"no {what} {quoted(name)}; {meant_or_known(name, [*known, ALL])}")
    return tuple(names)


def _script(found: Directives, value: str) -> None:
    found.script = value


def _dialects(found: Directives, value: str) -> None:
    found.dialects = _names(value, list(DIALECTS), "dialect")


def _lua(found: Directives, value: str) -> None:
    found.lua = _names(value, list(LUA_VERSIONS), "Lua")


def _setting(found: Directives, value: str) -> None:
    name, is_there, text = value.partition("=")
    if not is_there or not name.strip():
        raise UsageError("a setting is NAME=VALUE")
    found.settings[name.strip()] = text.strip()


def _user(found: Directives, value: str) -> None:
    found.user = value


def _mailbox(found: Directives, value: str) -> None:
    found.mailboxes.append(value)


def _limit(found: Directives, value: str) -> None:
    name, number = limit_value(value)
    Limits(**{name: number})
    found.limits[name] = number


def _seed(found: Directives, value: str) -> None:
    if not re.fullmatch(r"-?\d{1,15}", value):
        raise UsageError(f"a seed is a whole number, not {quoted(value)}")
    found.seed = int(value)


def _debug(found: Directives, value: str) -> None:
    if value:
        raise UsageError("debug has no value")
    found.debug = True


_READERS: dict[str, Callable[[Directives, str], None]] = {
    "script": _script,
    "dialects": _dialects,
    "lua": _lua,
    "set": _setting,
    "user": _user,
    "mailbox": _mailbox,
    "limit": _limit,
    "seed": _seed,
    "debug": _debug,
}

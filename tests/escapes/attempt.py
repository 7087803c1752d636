"""
An attempt on the sandbox: a Lua file whose header says what it tries and what must happen.

The header is a run of comments: ``-- check: deny``, ``-- tier: both``, ``-- versions: all`` and their like;
what follows a check or a tier is for readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from luahost.runtime import LUA_VERSIONS

CHECKS = ("deny", "killed", "memory", "survive")
PROMISED_BY = {"both": ("in-process", "worker"), "worker": ("worker",)}
"""The tiers that promise to stop it, by what the header says."""

_FIELD = re.compile(r"--\s*(\w+):\s*(.*)")


@dataclass(frozen=True)
class Attempt:
    """
    Attributes:
        name: The file's, without ``.lua``.

        title: What its header calls it.

        check: One of ``CHECKS``.

        tiers: Those that promise to stop it.

        versions: The Luas that it makes sense for.

        text: All of the file.
    """

    name: str
    title: str
    check: str
    tiers: tuple[str, ...]
    versions: tuple[str, ...]
    text: bytes


def attempts(folder: Path) -> list[Attempt]:
    """
    Those in a folder and below it, by path.

    Raises:
        ValueError: There are none, or a header does not say what must happen.

        OSError: A file cannot be read.
    """
    found = [attempt(path) for path in sorted(folder.rglob("*.lua"))]
    if not found:
        raise ValueError(f"{folder} has no attempts (*.lua)")
    return found


def attempt(path: Path) -> Attempt:
    """
    The attempt in a file.
    """
    text = path.read_bytes()
    fields: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        field = _FIELD.match(line)
        if field is None:
            break
        fields.setdefault(field[1], field[2].strip())
    check = first_word(fields.get("check", ""))
    tier = first_word(fields.get("tier", "both"))
    if check not in CHECKS or tier not in PROMISED_BY:
        raise ValueError(
            f"{path}: the header wants `check:` {'|'.join(CHECKS)} and `tier:` {'|'.join(PROMISED_BY)}"
        )
    versions = lua_versions(fields.get("versions", "all"))
    if not versions:
        raise ValueError(f"{path}: `versions:` names no Lua; there are all, {', '.join(LUA_VERSIONS)}")
    return Attempt(path.stem, fields.get("title", path.stem), check, PROMISED_BY[tier], versions, text)


def first_word(text: str) -> str:
    """
    The first word, "" if there is none.
    """
    return (text.split() or [""])[0]


def lua_versions(words: str) -> tuple[str, ...]:
    """
    The Luas that a header names: ``all``, ``5.4 5.5``, ``lua54, luajit21``.
    """
    words = words.partition("(")[0].lower().replace(".", "")
    named = {word.removeprefix("lua") for word in re.split(r"[\s,;]+", words)}
    if named & {"jit", "jit20", "jit21"}:
        named.add("luajit")
    return tuple(lua for lua in LUA_VERSIONS if named & {"all", lua.replace(".", "")})

"""
``@pytest.mark.luahost``: which script a test is for, and how it is run.

A marker of a function wins over one of its class, and that over ``pytestmark`` of the file; what the nearer
one leaves out the farther one says, and settings are put together.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from luahost.testing.plugin.options import ALL, chosen

CHOICES = ("script", "dialects", "lua")
"""What a marker says of the script and its variants."""

SESSION = (
    "settings",
    "user",
    "mailboxes",
    "limits",
    "isolate",
    "trusted",
    "debug",
    "folders",
    "policy",
    "http",
    "seed",
)
"""What it says of the session: arguments of :class:`luahost.testing.Push`."""

Node = pytest.Item | pytest.Collector
"""Whatever can have markers."""


class Variant(NamedTuple):
    """
    A dialect and a Lua version in which a test is run.
    """

    dialect: str
    lua: str

    def __str__(self) -> str:
        return f"{self.dialect}-{self.lua if self.lua == 'luajit' else 'lua' + self.lua}"


def wrong(words: str) -> NoReturn:
    """
    Let the test, or its collection, fail with these words and without a traceback.
    """
    __tracebackhide__ = True
    pytest.fail(words, pytrace=False)


def marked(node: Node) -> dict[str, Any]:
    """
    What the markers of a test say together.
    """
    found: dict[str, Any] = {}
    for marker in node.iter_markers("luahost"):
        if len(marker.args) > 1 or (marker.args and "script" in marker.kwargs):
            wrong(f"{node.nodeid}: the marker luahost takes one script")
        said = {**marker.kwargs, **({"script": marker.args[0]} if marker.args else {})}
        unknown = said.keys() - {*CHOICES, *SESSION}
        if unknown:
            known = ", ".join((*CHOICES, *SESSION))
            wrong(f"{node.nodeid}: the marker luahost knows no {min(unknown)}; it knows {known}")
        if not isinstance(said.get("settings", {}), Mapping):
            wrong(f"{node.nodeid}: the settings of the marker luahost are a mapping of text")
        settings = {**said.get("settings", {}), **found.get("settings", {})}
        found = {**said, **found, **({"settings": settings} if settings else {})}
    return found


def variants(node: Node) -> list[Variant] | None:
    """
    The dialects and Lua versions that a test is to be run in; None if nobody has said anything.
    """
    from luahost.dialects import DEFAULT_DIALECT, DIALECTS
    from luahost.runtime import DEFAULT_LUA, LUA_VERSIONS

    said = marked(node)
    dialects = chosen(node.config, "--luahost-dialect", DIALECTS) or said.get("dialects")
    lua = chosen(node.config, "--luahost-lua", LUA_VERSIONS) or said.get("lua")
    if dialects is None and lua is None:
        return None
    return [
        Variant(dialect, version)
        for dialect in _names(_or(dialects, DEFAULT_DIALECT), list(DIALECTS), "dialect", node)
        for version in _names(_or(lua, DEFAULT_LUA), list(LUA_VERSIONS), "Lua", node)
    ]


def _or(said: Any, default: str) -> Any:
    return default if said is None else said


def _names(said: str | Iterable[str], known: Sequence[str], what: str, node: Node) -> Sequence[str]:
    if not isinstance(said, str | Iterable):
        wrong(f"{node.nodeid}: {what} {said!r} is neither a name nor a list of names")
    names = [said] if isinstance(said, str) else list(said)
    if not names:
        wrong(f"{node.nodeid}: the marker luahost names no {what}, so nothing would be run")
    if ALL in names:
        return known
    for name in names:
        if name not in known:
            wrong(f"{node.nodeid}: no {what} {name}; there are {', '.join(known)}, and all")
    return list(dict.fromkeys(names))


def script_of(node: pytest.Item, parameter: str | os.PathLike[str] | None = None) -> Path:
    """
    The script that a test is for: what the command line says, the test's own parameter, or the marker; the
    script that the test's file is named for (``test_push.py`` → ``push.lua``), beside it or one folder up; or
    the configuration's.
    """
    here = node.path.parent
    option = node.config.getoption("--luahost-script")
    if option:
        return _existing([node.config.invocation_params.dir / option], "--luahost-script")
    said = marked(node).get("script") if parameter is None else parameter
    if said is not None:
        who = f"{node.nodeid}: " + ("the marker luahost" if parameter is None else "the parameter lua_script")
        if not isinstance(said, str | os.PathLike):
            wrong(f"{who} is to name a script, not {said!r}")
        return _existing([here / said, node.config.rootpath / said], who)
    name = node.path.stem.removeprefix("test_").removesuffix("_test") + ".lua"
    for path in (here / name, here.parent / name):
        if path.is_file():
            return path
    ini = node.config.getini("luahost_script")
    if ini:
        folder = node.config.rootpath if node.config.inipath is None else node.config.inipath.parent
        return _existing([folder / ini], "the setting luahost_script")
    return wrong(
        f"{node.nodeid}: which script? Name it, @pytest.mark.luahost('push.lua'), or name the test's file "
        f"for it: there is no {name} beside {node.path.name} or one folder up"
    )


def _existing(paths: Sequence[Path], who: str) -> Path:
    for path in paths:
        if path.is_file():
            return path
    looked = " and no ".join(str(path) for path in dict.fromkeys(paths))
    return wrong(f"{who} names a script that is not there: no {looked}")

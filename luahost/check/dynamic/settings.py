"""
Settings for a script that is run without any: made up from the names that it asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from luahost import patterns
from luahost.check.rules.secret_in_log import SECRET
from luahost.check.script import Script
from luahost.check.syntax.nodes import (
    Call,
    FunctionStatement,
    Index,
    MethodCall,
    Name,
    Node,
    String,
    plain,
)

ENDPOINT = "http://push.example/hook"
MARK = "luahost-secret-"
"""What a made-up secret begins with, so that it is known again where it does not belong."""

NUMBER = patterns.compile(
    r"(?i)timeout|seconds|msecs|port|limit|max|count|interval|ttl|retries|attempts|budget"
)
URL = patterns.compile(r"(?i)url|uri|endpoint|webhook|server|_ep$")
HOST = patterns.compile(r"(?i)host|domain|address")
SWITCH = patterns.compile(r"(?i)enable|disable|debug|verbose|dry")


def names_asked_for(script: Script) -> list[str]:
    """
    The settings that a script asks for by name.
    """
    found: dict[str, None] = {}
    for call in script.nodes(MethodCall):
        if call.name == "plugin_getenv" and call.arguments:
            key = plain(call.arguments[0])
            if isinstance(key, String):
                found[key.value] = None
            elif isinstance(key, Name):
                found |= dict.fromkeys(_handed_over(script, key))
    for index in script.nodes(Index):
        if index.name is not None and script.meaning.may_be(index.object, "settings"):
            found[index.name] = None
    return list(found)


def _handed_over(script: Script, key: Name) -> Iterator[str]:
    """
    The names that a function of the script, whose parameter ``key`` is, is called with.
    """
    node: Node | None = key
    while node is not None and not (
        isinstance(node, FunctionStatement) and any(one.text == key.text for one in node.function.parameters)
    ):
        node = node.parent
    if node is None or not isinstance(node.target, Name):
        return
    at = [one.text for one in node.function.parameters].index(key.text)
    for call in script.nodes(Call):
        if isinstance(call.function, Name) and call.function.text == node.target.text:
            name = plain(call.arguments[at]) if at < len(call.arguments) else None
            if isinstance(name, String):
                yield name.value


def made_up(name: str) -> str:
    """
    A value for a setting, by its name.
    """
    if SECRET.search(name):
        return MARK + re.sub("[^a-z]", "-", name.lower())
    for pattern, value in ((URL, ENDPOINT), (HOST, "push.example"), (NUMBER, "5"), (SWITCH, "yes")):
        if pattern.search(name):
            return value
    return "luahost"

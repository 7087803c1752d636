"""
Settings for a script in both versions: ``user:plugin_getenv`` of 2.3, the table of ``script_init`` of 2.4.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from luahost.check.finding import Edit
from luahost.check.meaning import View
from luahost.check.script import Script
from luahost.check.syntax.nodes import FunctionStatement, MethodCall, Name

FOLDER = os.path.dirname(os.path.abspath(__file__))

TABLE, FUNCTION = "push_settings", "push_setting"
"""The names that a script gets; one that has them already is left alone."""


def snippet(name: str) -> str:
    """
    A piece of Lua that is put into scripts.
    """
    with open(os.path.join(FOLDER, f"{name}.lua"), encoding="utf-8") as file:
        return file.read()


def taken(script: Script, *names: str) -> bool:
    """
    Whether a script uses one of these names itself.
    """
    used = set(script.scopes.globals) | {binding.text for binding in script.scopes.locals}
    return not used.isdisjoint(names)


def setting_edits(script: Script, view: View) -> tuple[list[Edit], str]:
    """
    Changes so that each setting is read where the version has it, and what has to stand at the top of the
    script for them. Empty if there is nothing to change, or if the script is not simple enough.
    """
    calls = [
        call
        for call in view.nodes(MethodCall)
        if call.name == "plugin_getenv"
        and script.meaning.may_be(call.object, "mail_user")
        and isinstance(call.object, Name)
        and len(call.arguments) == 1
    ]
    if not calls or view.facts.has("mail_user", "plugin_getenv") or taken(script, TABLE, FUNCTION):
        return [], ""
    inits = [
        node
        for node in script.nodes(FunctionStatement)
        if isinstance(node.target, Name) and node.target.text == "script_init" and not node.is_local
    ]
    if not inits and "script_init" not in script.scopes.globals:
        return list(_calls(script, calls)), f"{snippet('setting')}\n{snippet('script_init')}"
    if len(inits) != 1:
        return [], ""
    return [*_calls(script, calls), *_init(script, inits[0])], snippet("setting")


def _calls(script: Script, calls: list[MethodCall]) -> Iterator[Edit]:
    for call in calls:
        owner, key = script.source.of(call.object), script.source.of(call.arguments[0])
        yield Edit(call.start, call.end, f"{FUNCTION}({owner}, {key})")


def _init(script: Script, statement: FunctionStatement) -> Iterator[Edit]:
    """
    ``script_init`` with a parameter, and with a first line that keeps what it gets.
    """
    function = statement.function
    if function.parameters:
        name = function.parameters[0].text
    else:
        name = "settings"
        at = script.source.text.index(b"(", statement.target.end) + 1
        yield Edit(at, at, name + (", " if function.vararg else ""))
    line = f"{TABLE} = {name} or {TABLE}"
    body = function.body.statements
    if not body:
        at = script.source.text.index(b")", statement.target.end) + 1
        yield Edit(at, at, f"\n  {line}\n")
        return
    first = body[0]
    number, column = script.source.place(first.start)
    before = script.source.line(number)[: column - 1]
    own_line = not before.strip()
    yield Edit(first.start, first.start, f"{line}\n{before}" if own_line else f"{line} ")


def top(script: Script) -> int:
    """
    Where the first statement of a script stands, or the comments right above it.
    """
    statements = script.source.block.statements
    start = statements[0].start if statements else len(script.source.text)
    line = script.source.place(start)[0]
    alone = {comment.line: comment.start for comment in script.source.comments if comment.alone}
    while line - 1 in alone and line > 1:
        line -= 1
    return script.source.line_start(line) if line in alone and line > 1 else start

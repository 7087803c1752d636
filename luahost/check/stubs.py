"""
Definitions of ``dovecot.*`` for editors, in the annotations of lua-language-server (LuaCATS).

They are made from the same facts that the rules use, so an editor offers what a dialect has and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from luahost import __version__
from luahost.check.facts import MEASURED, Facts, may_be_nil
from luahost.check.signatures import SIGNATURES, Signature

TABLES = ("storage", "dict", "doveadm_client")

HTTP_TYPES = {
    "native": {
        "milliseconds": "integer",
        "seconds": "integer",
        "count": "integer",
        "boolean": "boolean",
        "string": "string",
        "url": "string",
    },
    "text": {
        "time": "string",
        "count": "integer|string",
        "size": "integer|string",
        "boolean": '"yes"|"no"',
        "string": "string",
        "tls": "string",
        "event": "dovecot.event",
    },
}


def stubs(facts: Facts) -> str:
    """
    The definitions for a dialect, as the text of a Lua file.
    """
    version = f"Dovecot {facts.dialect}" if facts.dialect in MEASURED else "Dovecot as documented"
    lines = [
        "---@meta dovecot",
        "",
        f"-- What Lua push scripts have in {version}, for lua-language-server.",
        f"-- Made by luahost {__version__}: luahost stubs --dialect {facts.dialect}",
    ]
    for owner in ("mail_user", "mailbox", "status", "event", "passthrough_event"):
        lines += _class(facts, owner)
    lines += _settings(facts)
    for owner in ("http_client", "http_request", "http_response"):
        lines += _class(facts, owner)
    for event in facts.handlers:
        lines += _event(facts, event)
    lines += _dovecot(facts)
    return "\n".join(lines) + "\n"


def _fields(owner: str, fields: Mapping[str, str]) -> Iterator[str]:
    for name, what in sorted(fields.items()):
        written = {"list": "string[]", "table": "string[]", "float": "number"}.get(what, what)
        if name == "user" and what == "table":
            written = "dovecot.mail_user"
        yield f"---@field {name}{'?' if may_be_nil(owner, name) else ''} {written}"


def _class(facts: Facts, owner: str) -> Iterator[str]:
    yield from ("", f"---@class dovecot.{owner}")
    yield from _fields(owner, facts.fields.get(owner, {}))
    local = owner.replace(".", "_")
    methods = sorted(facts.methods.get(owner, ()))
    if methods:
        yield f"local {local} = {{}}"
    for name in methods:
        yield from _function(f"{local}:{name}", SIGNATURES[owner][name], f"dovecot.{owner}", facts)


def _event(facts: Facts, event: str) -> Iterator[str]:
    yield from ("", f"---What {facts.handlers[event]}(ctx, event) gets.", f"---@class dovecot.{event}")
    for line in _fields(event, facts.fields[event]):
        yield f'---@field name "{event}"' if line == "---@field name string" else line


def _settings(facts: Facts) -> Iterator[str]:
    types = HTTP_TYPES[facts.switches["http_settings"]]
    yield from ("", "---@class dovecot.http_client.settings")
    for name, kind in sorted(facts.http_options.items()):
        yield f"---@field {name}? {types[kind]}"


def _dovecot(facts: Facts) -> Iterator[str]:
    for table in (*TABLES, "http"):
        if table not in facts.fields["dovecot"]:
            continue
        yield from ("", f"---@class dovecot.{table}")
        yield from _fields(table, facts.fields.get(table, {}))
        if table == "http":
            yield f"local {table} = {{}}"
            yield from _function(f"{table}.client", SIGNATURES["http"]["client"], "dovecot.http", facts)
    yield from ("", "---@class dovecot")
    for table in sorted(facts.fields["dovecot"]):
        yield f"---@field {table} dovecot.{table}"
    yield "dovecot = {}"
    for name in sorted(facts.methods["dovecot"]):
        yield from _function(f"dovecot.{name}", SIGNATURES["dovecot"][name], "dovecot", facts)


def _function(path: str, signature: Signature, owner: str, facts: Facts) -> Iterator[str]:
    yield from ("", f"---{signature.words}")
    names = []
    for parameter in _split(signature.parameters):
        name, _, written = parameter.partition(": ")
        if name == "sync?" and not facts.switches["script_init_settings"]:
            # 2.4 alone has set_payload's second argument.
            continue
        names.append(name.rstrip("?"))
        yield f"---@param {name} {written}"
    if signature.result:
        yield f"---@return {owner if signature.result == 'self' else signature.result}"
    yield f"function {path}({', '.join(names)}) end"


def _split(parameters: str) -> list[str]:
    """
    Parameters one by one; commas in braces do not count.
    """
    found, depth, start = [], 0, 0
    for at, char in enumerate(parameters):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            found.append(parameters[start:at].strip())
            start = at + 1
    last = parameters[start:].strip()
    return [*found, last] if last else found

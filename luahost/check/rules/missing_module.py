"""
Modules that the mail server may not have.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from luahost.check.finding import Problem, Severity
from luahost.check.meaning import View
from luahost.check.meaning.usage import is_written, protected
from luahost.check.rule import Rule
from luahost.check.script import Script
from luahost.check.syntax.nodes import Call, Index, Name, String, plain

LIBRARIES = (
    "string",
    "table",
    "math",
    "os",
    "io",
    "debug",
    "coroutine",
    "utf8",
    "package",
    "_G",
    "bit",
    "bit32",
)

DEBIAN = {
    "socket": "lua-socket",
    "socket.core": "lua-socket",
    "socket.http": "lua-socket",
    "socket.url": "lua-socket",
    "socket.headers": "lua-socket",
    "socket.tp": "lua-socket",
    "socket.smtp": "lua-socket",
    "socket.ftp": "lua-socket",
    "socket.unix": "lua-socket",
    "ltn12": "lua-socket",
    "mime": "lua-socket",
    "mime.core": "lua-socket",
    "ssl": "lua-sec",
    "ssl.https": "lua-sec",
    "cjson": "lua-cjson",
    "cjson.safe": "lua-cjson",
    "dkjson": "lua-dkjson",
    "lpeg": "lua-lpeg",
    "posix": "lua-posix",
    "lfs": "lua-filesystem",
    "lyaml": "lua-yaml",
    "expat": "lua-expat",
    "lxp": "lua-expat",
}
"""Modules that Debian has for the Lua 5.4 of its Dovecot, and the package."""

ELSEWHERE = {
    "json": (
        "warning",
        "Debian builds lua-json for Lua 5.1 to 5.3, and its Dovecot has 5.4: json is not found there",
        'take cjson (lua-cjson) or dkjson (lua-dkjson): require "dkjson"',
    ),
    "JSON": ("note", "JSON is no package of Debian: it has to be installed (luarocks: json-lua)", ""),
    "rapidjson": (
        "note",
        "rapidjson is no package of Debian: it has to be installed (luarocks: rapidjson)",
        "",
    ),
    "cqueues": ("error", "cqueues does not work inside Dovecot, which has its own loop", ""),
}


class MissingModule(Rule):
    """
    A require that Dovecot's Lua does not find.
    """

    name = "missing-module"
    severity = "warning"
    title = "a module that the mail server may not have"
    reason = (
        "`require` raises where the module is not, so the script does not load. Dovecot's Lua looks in "
        "Lua's own "
        "folders and in the folder that the process runs in, not beside the script, where luahost finds "
        "modules "
        "too. Debian's `lua-json` is not built for the Lua of its Dovecot. Say `--module NAME` for what is "
        "installed on your server."
    )
    source = "Debian 12 and 13; `package.path` seen in Dovecot 2.3.19.1."

    def problems(self, script: Script, view: View) -> Iterator[Problem]:
        for node in view.nodes(Call):
            if script.meaning.path(node.function) != "require" or len(node.arguments) != 1:
                continue
            name = plain(node.arguments[0])
            if not isinstance(name, String) or protected(node, script.meaning):
                continue
            module = name.value
            if module in LIBRARIES or module in DEBIAN or module in script.options.modules:
                continue
            yield from self._missing(script, name, module)

    def _missing(self, script: Script, node: String, module: str) -> Iterator[Problem]:
        neighbour = self._neighbour(script, module)
        if neighbour:
            if not self._sets_path(script):
                yield Problem(
                    node,
                    f"Dovecot does not look for {module} beside the script, where luahost finds it",
                    "put it into one of Lua's folders, or set package.path before require; then --module "
                    f"{module}",
                )
        elif module in ELSEWHERE:
            severity, words, hint = ELSEWHERE[module]
            level: Severity = "error" if severity == "error" else "note" if severity == "note" else "warning"
            yield Problem(node, words, hint, level)
        else:
            hint = f"if it is installed there: --module {module}"
            yield Problem(node, f"nobody here knows a module {module}: is it on the mail server?", hint)

    def _neighbour(self, script: Script, module: str) -> bool:
        folder = os.path.dirname(os.path.abspath(script.source.file))
        path = module.replace(".", os.sep)
        return any(os.path.exists(os.path.join(folder, path + end)) for end in (".lua", f"{os.sep}init.lua"))

    def _sets_path(self, script: Script) -> bool:
        return any(
            index.name == "path"
            and is_written(index)
            and isinstance(index.object, Name)
            and index.object.text == "package"
            for index in script.nodes(Index)
        )

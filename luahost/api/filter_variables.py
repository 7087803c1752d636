"""
The variables of Dovecot 2.4: ``%{user}``, ``%{user | upper}``, ``%{home | default('/tmp')}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from luahost import patterns
from luahost.api.variables import VarExpandError, common_variables, looked_up
from luahost.store import MailUser

UNCLOSED = "syntax error, unexpected end of file, expecting CCBRACE or PIPE"

TOKEN = patterns.compile(
    r"""\s*(?:
    (?P<word>[^\s|}()%"',]+)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>[|}(),])
    )""",
    re.VERBOSE,
)

FILTERS: dict[str, Callable[[str, list[str]], str]] = {
    "lower": lambda value, arguments: value.lower(),
    "upper": lambda value, arguments: value.upper(),
    "reverse": lambda value, arguments: value[::-1],
    "username": lambda value, arguments: value.partition("@")[0],
    "domain": lambda value, arguments: value.partition("@")[2],
    "domain_first": lambda value, arguments: value.partition("@")[2],
    "domain_last": lambda value, arguments: value.rpartition("@")[2] if "@" in value else "",
    "default": lambda value, arguments: value or next(iter(arguments), ""),
    "concat": lambda value, arguments: value + "".join(arguments),
}


def filters_variables(user: MailUser) -> dict[str, str]:
    """
    The variables of 2.4.
    """
    return common_variables(user) | {
        "owner_user": user.username,
        "protocol": user.service,
        "local_ip": "",
        "remote_ip": "",
    }


def filters_expanded(template: str, user: MailUser) -> str:
    """
    A whole template of 2.4.
    """
    pieces, at = [], 0
    while (begin := template.find("%{", at)) >= 0:
        if begin > at and template[begin - 1] == "%":
            # %%{ stands for %{.
            pieces.append(template[at : begin - 1] + "%{")
            at = begin + 2
            continue
        pieces.append(template[at:begin])
        value, at = pipeline(template, begin + 2, user)
        pieces.append(value)
    return "".join(pieces) + template[at:]


def pipeline(template: str, at: int, user: MailUser) -> tuple[str, int]:
    """
    The value of one ``name | filter(argument) | …``, and where it ends.
    """
    value: str | None = None
    while True:
        found = TOKEN.match(template, at)
        if found is None or found["word"] is None:
            raise VarExpandError(UNCLOSED)
        name, at = found["word"], found.end()
        arguments, at = call_arguments(template, at)
        value = variable(name, arguments, user) if value is None else filtered(name, value, arguments)
        found = TOKEN.match(template, at)
        if found is None or found["sign"] not in ("|", "}"):
            raise VarExpandError(UNCLOSED)
        at = found.end()
        if found["sign"] == "}":
            return value, at


def call_arguments(template: str, at: int) -> tuple[list[str], int]:
    """
    What stands in brackets after a filter's name, and where it ends.
    """
    found = TOKEN.match(template, at)
    if found is None or found["sign"] != "(":
        return [], at
    arguments: list[str] = []
    at = found.end()
    while (found := TOKEN.match(template, at)) is not None:
        at = found.end()
        if found["sign"] == ")":
            return arguments, at
        if found["text"] is not None:
            arguments.append(re.sub(r"\\(.)", r"\1", found["text"][1:-1]))
        elif found["word"] is not None:
            arguments.append(found["word"])
    raise VarExpandError(UNCLOSED)


def variable(name: str, arguments: list[str], user: MailUser) -> str:
    """
    The first name of a pipeline.
    """
    value = filters_variables(user).get(name, looked_up(name, user))
    if value is not None:
        return value
    if name == "literal" and arguments:
        return arguments[0]
    if name in ("username", "domain"):
        raise VarExpandError(f"{name}: No value to get {name} from")
    raise VarExpandError(f"Unknown variable '{name}'")


def filtered(name: str, value: str, arguments: list[str]) -> str:
    """
    A value after one filter.
    """
    try:
        function = FILTERS[name]
    except KeyError:
        raise VarExpandError(f"No such function '{name}'") from None
    return function(value, arguments)

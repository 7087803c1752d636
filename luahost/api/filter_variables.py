"""
The variables of Dovecot 2.4: ``%{user}``, ``%{user | upper}``, ``%{home | default('/tmp')}``.
"""

from __future__ import annotations

import re

from luahost import patterns
from luahost.api.filters import FILTERS, Argument, filtered, written
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

NEEDS = {"username": "get username from", "domain": "get domain from", "substr": "substring"}
"""What is said of some filters without a value."""


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
    found = TOKEN.match(template, at)
    if found is None or found["word"] is None:
        raise VarExpandError(UNCLOSED)
    arguments, at = call_arguments(template, found.end(), user)
    unknown: VarExpandError | None = None
    value, binary = b"", False
    try:
        value = variable(found["word"], arguments, user)
    except VarExpandError as error:
        # A default is for that, too.
        unknown = error
    while True:
        found = TOKEN.match(template, at)
        if found is None or found["sign"] not in ("|", "}"):
            raise unknown or VarExpandError(UNCLOSED)
        at = found.end()
        ends = found["sign"] == "}"
        if not ends:
            found = TOKEN.match(template, at)
        if unknown is not None and (found is None or found["word"] != "default"):
            raise unknown
        unknown = None
        if ends:
            return (value.hex() if binary else value.decode("utf-8", "surrogateescape")), at
        if found is not None and found["word"] is not None:
            arguments, at = call_arguments(template, found.end(), user)
            value, binary = filtered(found["word"], value, binary, arguments)


def call_arguments(template: str, at: int, user: MailUser) -> tuple[list[Argument], int]:
    """
    What stands in brackets after a filter's name, and where it ends.
    """
    found = TOKEN.match(template, at)
    if found is None or found["sign"] != "(":
        return [], at
    arguments: list[Argument] = []
    at = found.end()
    while (found := TOKEN.match(template, at)) is not None:
        at = found.end()
        word, text = found["word"], found["text"]
        if found["sign"] == ")":
            return arguments, at
        if text is not None:
            arguments.append(encoded(re.sub(r"\\(.)", r"\1", text[1:-1])))
        elif word is not None:
            number = re.fullmatch("-?[0-9]{1,18}", word)
            arguments.append(int(word) if number else variable(word, [], user))
    raise VarExpandError(UNCLOSED)


def variable(name: str, arguments: list[Argument], user: MailUser) -> bytes:
    """
    What a name stands for.
    """
    value = filters_variables(user).get(name, looked_up(name, user))
    if value is not None:
        return encoded(value)
    if name == "literal" and arguments:
        return written(arguments, 0)
    if name == "if":
        return filtered(name, written(arguments, 0) if arguments else b"", False, arguments[1:])[0]
    if name in FILTERS:
        raise VarExpandError(f"{name}: No value to {NEEDS.get(name, name)}")
    prefix, colon, _ = name.partition(":")
    raise VarExpandError(f"Unsupported prefix '{prefix}'" if colon else f"Unknown variable '{name}'")


def encoded(text: str) -> bytes:
    """
    Text as Dovecot has it.
    """
    return text.encode("utf-8", "surrogateescape")

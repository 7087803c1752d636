"""
``user:var_expand``: Dovecot's variables, in the syntax of 2.3 and in that of 2.4.

2.3 has ``%u``, ``%Lu``, ``%.2u`` and ``%{user}``, and puts ``UNSUPPORTED_VARIABLE_name`` for what it does
not know. 2.4 has ``%{user}`` and ``%{user | upper}`` only, and what it does not know is an error.
"""

from __future__ import annotations

import hashlib
import operator
import os
import re
import socket
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Literal

from luahost.store import MailUser


class VarExpandError(Exception):
    """
    Dovecot cannot expand this; the words are Dovecot's.
    """


def var_expand(template: str, user: MailUser, syntax: Literal["percent", "filters"]) -> str:
    """
    The template with its variables replaced.

    Raises:
        VarExpandError: A bad conditional; in the syntax of 2.4 an unknown variable, filter or bad grammar.
    """
    if syntax == "percent":
        return PERCENT.sub(lambda found: percent_value(found, user), template)
    return filters_expanded(template, user)


def common_variables(user: MailUser) -> dict[str, str]:
    """
    What both versions know.
    """
    return {
        "user": user.username,
        "home": user.home,
        "service": user.service,
        "session": user.session_id or "",
        "auth_user": user.username,
        "hostname": socket.gethostname(),
    }


def looked_up(name: str, user: MailUser) -> str | None:
    """
    ``userdb:NAME[:DEFAULT]`` and ``env:NAME[:DEFAULT]``; None for other names.

    Dovecot's mail processes have next to no environment, so of that there is the default only.
    """
    kind, colon, rest = name.partition(":")
    rest, _, default = rest.partition(":")
    if colon and kind == "userdb":
        return user.userdb.get(rest, default)
    return default if colon and kind == "env" else None


# 2.3 --------------------------------------------------------------------------------------------

PERCENT = re.compile(
    r"""%
    (?: (?P<offset>-?\d+)? (?P<dot>\.) )? (?P<width>-?\d+)?
    (?P<modifiers>[LUERXTMDHN]*)
    (?: \{ (?P<long>[^}]*) \} | (?P<short>.) )?""",
    re.VERBOSE | re.DOTALL,
)

SHORT_NAMES = {
    "u": "user",
    "n": "username",
    "d": "domain",
    "s": "service",
    "h": "home",
    "p": "pid",
    "i": "uid",
    "l": "lip",
    "r": "rip",
}

MODIFIERS: dict[str, Callable[[str], str]] = {
    "L": str.lower,
    "U": str.upper,
    "E": lambda value: re.sub(r"([\\\"'])", r"\\\1", value),
    "R": lambda value: value[::-1],
    "X": lambda value: format(int(value), "x") if value.isdecimal() else "0",
    "T": lambda value: value.rstrip(" \t"),
    "M": lambda value: digest("md5", value),
    "D": lambda value: value.replace(".", ",dc="),
}

HASHES: dict[str, Callable[[str], int]] = {
    "H": lambda value: pjw_hash(value),
    "N": lambda value: int(digest("md5", value)[8:16], 16),
}
"""Modifiers that make a number, in hexadecimal; a width before them is its modulus."""

DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
"""``%{md5:user}`` and its like."""


def digest(algorithm: str, value: str) -> str:
    """
    A hash of a value, in hexadecimal.
    """
    return hashlib.new(algorithm, value.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def pjw_hash(value: str) -> int:
    """
    The hash function of P. J. Weinberger, in 32 bits.
    """
    number = 0
    for byte in value.encode("utf-8", "surrogateescape"):
        number = (number << 4) + byte & 0xFFFFFFFF
        high = number & 0xF0000000
        number ^= high >> 24 | high
    return number


COMPARISONS_OF_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

COMPARISONS_OF_TEXT: dict[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "*": fnmatchcase,
    "!*": lambda a, b: not fnmatchcase(a, b),
    "~": lambda a, b: re.search(b, a) is not None,
    "!~": lambda a, b: re.search(b, a) is None,
}


def percent_variables(user: MailUser) -> dict[str, str]:
    """
    The variables of 2.3 by their long names.
    """
    local_part, _, domain = user.username.partition("@")
    return common_variables(user) | {
        "username": local_part,
        "domain": domain,
        "auth_username": local_part,
        "auth_domain": domain,
        "uid": str(user.uid),
        "gid": str(user.gid),
        "pid": str(os.getpid()),
        "lip": "",
        "rip": "",
    }


def percent_value(found: re.Match[str], user: MailUser) -> str:
    """
    What stands in the place of one variable of 2.3.
    """
    name = found["long"] if found["long"] is not None else found["short"]
    if name is None:
        return ""
    if found["long"] is None:
        if name == "%":
            return "%"
        value = percent_variables(user).get(SHORT_NAMES.get(name, ""))
    else:
        value = long_value(name, user)
    if value is None:
        return f"UNSUPPORTED_VARIABLE_{name.partition(':')[0]}"
    offset, width = int(found["offset"] or 0), abs(int(found["width"] or 0))
    for modifier in found["modifiers"]:
        if modifier in HASHES:
            number = HASHES[modifier](value)
            value = format(number % width if width else number, "x")
            width = 0
        else:
            value = MODIFIERS[modifier](value)
    value = value[offset:]
    return value[:width] if width else value


def long_value(name: str, user: MailUser) -> str | None:
    """
    What a name in braces stands for; None if nothing.
    """
    kind, colon, rest = name.partition(":")
    if name.startswith("if;"):
        return conditional(name, user)
    if colon and kind in DIGESTS:
        inner = percent_variables(user).get(rest)
        return None if inner is None else digest(kind, inner)
    return percent_variables(user).get(name, looked_up(name, user))


def conditional(name: str, user: MailUser) -> str:
    r"""
    ``if;A;OPERATOR;B;THEN[;ELSE]``, in which ``\;`` is no separator.

    Raises:
        VarExpandError: It is not in this form, or asks for the order of what is no number.
    """
    _, *parts = (re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\);", name))
    if len(parts) not in (4, 5):
        raise VarExpandError(f"if: requires four or five parameters, got {len(parts)}")
    left, comparison, right, then, otherwise = (*parts, "")[:5]
    left, right = var_expand(left, user, "percent"), var_expand(right, user, "percent")
    if comparison in COMPARISONS_OF_NUMBERS:
        for side, value in (("lhs", left), ("rhs", right)):
            if re.fullmatch(r"-?\d+", value) is None:
                raise VarExpandError(f"if: {value} ({side}) is not a number")
        met = COMPARISONS_OF_NUMBERS[comparison](int(left), int(right))
    elif comparison in COMPARISONS_OF_TEXT:
        met = COMPARISONS_OF_TEXT[comparison](left, right)
    else:
        raise VarExpandError(f"if: Unsupported comparator '{comparison}'")
    return var_expand(then if met else otherwise, user, "percent")


# 2.4 --------------------------------------------------------------------------------------------

UNCLOSED = "syntax error, unexpected end of file, expecting CCBRACE or PIPE"

TOKEN = re.compile(
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

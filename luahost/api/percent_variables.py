"""
The variables of Dovecot 2.3: ``%u``, ``%Lu``, ``%.2u``, ``%{user}``, ``%{if;%u;eq;bob;yes;no}``.
"""

from __future__ import annotations

import hashlib
import operator
import os
import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from luahost import patterns
from luahost.api.extended_regex import occurs
from luahost.api.variables import VarExpandError, common_variables, looked_up
from luahost.store import MailUser

Unknown = Callable[[str], str]
"""What stands in the place of a variable of 2.3 that there is not."""

PERCENT = patterns.compile(
    r"% (?: (?P<offset>-?\d{1,9})? (?P<dot>\.) )? (?P<width>-?\d{1,9})? (?P<modifiers>[LUERXTMDHN]*)",
    re.VERBOSE,
)
"""What stands before a variable's name."""

MAX_CONDITIONS = 50
"""Conditionals in each other."""

MAX_VALUE = 64 * 1024
"""Characters of a value; ``%E`` doubles each backslash, and may stand there many times."""

MAX_PADDING = 1000
"""Characters that ``%09u`` pads to."""

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
    "X": lambda value: format(int(value), "x") if re.fullmatch("[0-9]{1,18}", value) else "0",
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
    "~": lambda a, b: occurs(b, a),
    "!~": lambda a, b: not occurs(b, a),
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


def percent_expanded(template: str, user: MailUser, unknown: Unknown, depth: int = 0) -> str:
    """
    A whole template of 2.3; ``depth`` conditionals are around it.

    Raises:
        VarExpandError: A bad conditional, or a value without bounds.
    """
    if depth > MAX_CONDITIONS:
        raise VarExpandError(f"if: more than {MAX_CONDITIONS} in each other")
    pieces, at = [], 0
    closing = closing_braces(template)
    while (found := PERCENT.search(template, at)) is not None:
        pieces.append(template[at : found.start()])
        begin = found.end()
        # A brace that is never closed is a name by itself.
        at = closing.get(begin, begin) + 1
        name = template[begin:at]
        if name:
            pieces.append(percent_value(name, found, user, unknown, depth))
    return "".join(pieces) + template[at:]


def closing_braces(template: str) -> dict[int, int]:
    """
    Where each brace is closed, by where it opens.
    """
    closing: dict[int, int] = {}
    open_braces: list[int] = []
    for found in re.finditer("[{}]", template):
        if found[0] == "{":
            open_braces.append(found.start())
        elif open_braces:
            closing[open_braces.pop()] = found.start()
    return closing


def percent_value(name: str, found: re.Match[str], user: MailUser, unknown: Unknown, depth: int) -> str:
    """
    What stands in the place of one variable of 2.3.
    """
    if name == "%":
        return "%"
    if len(name) > 1:
        value = long_value(name[1:-1], user, unknown, depth)
    else:
        value = percent_variables(user)[SHORT_NAMES[name]] if name in SHORT_NAMES else None
    if value is None:
        kind, _, hashed = (name[1:-1] if len(name) > 1 else name).partition(":")
        said = unknown(hashed if kind in DIGESTS else kind)
        return "" if kind in DIGESTS else said
    width = int(found["width"] or 0)
    for modifier in found["modifiers"]:
        if modifier in HASHES:
            number = HASHES[modifier](value)
            value = format(number % abs(width) if width else number, "x")
            width = 0
        else:
            value = MODIFIERS[modifier](value)
            if len(value) > MAX_VALUE:
                raise VarExpandError(f"{name}: the value gets longer than {MAX_VALUE} characters")
    value = value[int(found["offset"] or 0) :]
    if (found["width"] or "").startswith("0"):
        return value.rjust(min(width, MAX_PADDING), "0")
    if width < 0 and found["dot"]:
        return value[:width]
    return value[: abs(width)] if width else value


def long_value(name: str, user: MailUser, unknown: Unknown, depth: int) -> str | None:
    """
    What a name in braces stands for; None if nothing.
    """
    kind, colon, rest = name.partition(":")
    if name.startswith("if;"):
        return conditional(name, user, unknown, depth)
    if colon and kind in DIGESTS:
        inner = percent_variables(user).get(rest)
        return None if inner is None else digest(kind, inner)
    return percent_variables(user).get(name, looked_up(name, user, default=True))


def conditional(name: str, user: MailUser, unknown: Unknown, depth: int) -> str:
    r"""
    ``if;A;OPERATOR;B;THEN[;ELSE]``, in which ``\;`` is no separator.

    Raises:
        VarExpandError: It is not in this form, or asks for the order of what is no number.
    """
    _, *parts = condition_parts(name)
    if len(parts) not in (4, 5):
        raise VarExpandError(f"if: requires four or five parameters, got {len(parts)}")
    left, comparison, right, then, otherwise = (*parts, "")[:5]
    left = percent_expanded(left, user, unknown, depth + 1)
    right = percent_expanded(right, user, unknown, depth + 1)
    if comparison in COMPARISONS_OF_NUMBERS:
        for side, value in (("lhs", left), ("rhs", right)):
            if re.fullmatch(r"-?[0-9]{1,18}", value) is None:
                raise VarExpandError(f"if: {value} ({side}) is not a number")
        met = COMPARISONS_OF_NUMBERS[comparison](int(left), int(right))
    elif comparison in COMPARISONS_OF_TEXT:
        try:
            met = COMPARISONS_OF_TEXT[comparison](left, right)
        except re.error as error:
            raise VarExpandError(f"if: regex failed: {error}") from None
    else:
        raise VarExpandError(f"if: Unsupported comparator '{comparison}'")
    # What is not taken is looked at all the same.
    taken, passed_over = (then, otherwise) if met else (otherwise, then)
    percent_expanded(passed_over, user, unknown, depth + 1)
    return percent_expanded(taken, user, unknown, depth + 1)


def condition_parts(name: str) -> list[str]:
    r"""
    The parts between semicolons, without the backslashes; what is in braces stays, and a bare ``:`` ends it.
    """
    parts, open_braces = [""], 0
    characters = iter(name)
    for character in characters:
        if character == "\\" and not open_braces:
            character = next(characters, "")
        elif character in ";:" and not open_braces:
            if character == ":":
                break
            parts.append("")
            continue
        else:
            open_braces += {"{": 1, "}": -1}.get(character, 0)
        parts[-1] += character
    return parts

"""
The filters of Dovecot 2.4's variables, ``%{user | upper}``. What they do and say was asked of 2.4.1.

They work on bytes. Digests and what is decoded are binary, and binary values end as hexadecimal.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence

from luahost.api.percent_variables import COMPARISONS_OF_NUMBERS, COMPARISONS_OF_TEXT
from luahost.api.variables import VarExpandError

Argument = bytes | int

BINARY = frozenset({"md5", "sha1", "sha256", "sha384", "sha512", "hash", "unbase64", "unhexlify"})
"""Filters whose results are binary."""

TEXT = frozenset({"base64", "hexlify", "text"})
"""Filters whose results are not, whatever they were given."""

DIGESTS = ("md5", "sha1", "sha256", "sha384", "sha512")


def number(arguments: Sequence[Argument], index: int) -> int:
    """
    An argument that has to be a number.
    """
    if index >= len(arguments):
        raise VarExpandError("Missing parameters")
    found = arguments[index]
    if isinstance(found, bytes):
        raise VarExpandError(f"'{found.decode('utf-8', 'surrogateescape')}' is not a number")
    return found


def written(arguments: Sequence[Argument], index: int, missing: str = "Missing parameters") -> bytes:
    """
    An argument as text.
    """
    if index >= len(arguments):
        raise VarExpandError(missing)
    found = arguments[index]
    return found if isinstance(found, bytes) else str(found).encode()


def substr(value: bytes, arguments: Sequence[Argument]) -> bytes:
    """
    From an offset so many bytes; both may be counted from the end.
    """
    offset = number(arguments, 0)
    begin = offset if offset >= 0 else len(value) + offset
    if not 0 <= begin <= len(value):
        raise VarExpandError("Offset out of bounds")
    if len(arguments) == 1:
        return value[begin:]
    length = number(arguments, 1)
    end = begin + length if length >= 0 else len(value) + length
    if length > 0 and end > len(value):
        raise VarExpandError("Length out of bounds")
    return value[begin : max(end, begin)]


def truncate(value: bytes, arguments: Sequence[Argument]) -> bytes:
    """
    The first so many bytes. Of fewer Dovecot makes a crash.
    """
    length = number(arguments, 0)
    if length < 0:
        raise VarExpandError("Value of out of bounds")
    return value[:length]


def filler(value: bytes, arguments: Sequence[Argument]) -> bytes:
    """
    What fills a value up to a length, in whole pieces.
    """
    length = number(arguments, 0)
    if length < 0:
        raise VarExpandError("Fill length out of bounds")
    piece = written(arguments, 1) if len(arguments) > 1 else b"0"
    return piece * -(-max(length - len(value), 0) // len(piece)) if piece else b""


def digest(value: bytes, algorithm: str) -> bytes:
    """
    A hash of it.
    """
    if algorithm not in DIGESTS:
        raise VarExpandError(f"Unsupported algorithm '{algorithm}'")
    return hashlib.new(algorithm, value, usedforsecurity=False).digest()


def from_base64(value: bytes) -> bytes:
    """
    What is encoded there, as far as it is; padding may be missing.
    """
    found = re.match(rb"[A-Za-z0-9+/\s]*", value)
    digits = b"".join(found[0].split()) if found else b""
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return base64.b64decode(digits + b"=" * (-len(digits) % 4))


def unhexlified(value: bytes) -> bytes:
    """
    The bytes behind hexadecimal digits.
    """
    try:
        return binascii.unhexlify(value)
    except ValueError:
        raise VarExpandError("Not a hex value") from None


def hexadecimal(value: bytes, arguments: Sequence[Argument]) -> bytes:
    """
    A number in hexadecimal, with so many digits; less than none for the other end.
    """
    if re.fullmatch(b"[0-9]{1,18}", value) is None:
        raise VarExpandError("Input is not a number")
    digits = b"%x" % int(value)
    width = number(arguments, 0) if arguments else 0
    if width < 0:
        return digits.ljust(-width, b"0")[:-width]
    return digits.rjust(width, b"0")[-width:] if width else digits


def decimal(value: bytes) -> bytes:
    """
    A hexadecimal number in decimal.
    """
    if re.fullmatch(b"[0-9A-Fa-f]{1,15}", value) is None:
        raise VarExpandError("Input is not a hex number")
    return str(int(value, 16)).encode()


def hexlified(value: bytes, arguments: Sequence[Argument]) -> bytes:
    """
    The bytes as hexadecimal digits, so many of them.
    """
    digits = binascii.hexlify(value)
    width = number(arguments, 0) if arguments else 0
    return digits.rjust(width, b"0")[:width] if width > 0 else digits


def chosen(value: bytes, arguments: Sequence[Argument]) -> bytes:
    """
    ``if(OPERATOR, OTHER, THEN, ELSE)``.
    """
    if len(arguments) < 4:
        raise VarExpandError("Missing parameters")
    comparison, other = written(arguments, 0).decode("utf-8", "surrogateescape"), arguments[1]
    if comparison in COMPARISONS_OF_NUMBERS:
        if re.fullmatch(b"-?[0-9]{1,18}", value) is None:
            raise VarExpandError("Input is not a number")
        if isinstance(other, bytes):
            shown = other.decode("utf-8", "surrogateescape")
            raise VarExpandError(f"Right-hand side: '{shown}' is not a number")
        met = COMPARISONS_OF_NUMBERS[comparison](int(value), other)
    elif comparison in COMPARISONS_OF_TEXT:
        left, right = (each.decode("utf-8", "surrogateescape") for each in (value, written(arguments, 1)))
        try:
            met = COMPARISONS_OF_TEXT[comparison](left, right)
        except re.error:
            raise VarExpandError("Invalid regular expression") from None
    else:
        raise VarExpandError(f"Unsupported comparator '{comparison}'")
    return written(arguments, 2 if met else 3)


FILTERS: dict[str, tuple[int, Callable[[bytes, Sequence[Argument]], bytes]]] = {
    # by: how many arguments it may have
    "lower": (0, lambda value, arguments: value.lower()),
    "upper": (0, lambda value, arguments: value.upper()),
    "reverse": (0, lambda value, arguments: value[::-1]),
    "text": (0, lambda value, arguments: value),
    "username": (0, lambda value, arguments: value.partition(b"@")[0]),
    "domain": (0, lambda value, arguments: value.partition(b"@")[2]),
    "ldap_dn": (0, lambda value, arguments: value.replace(b".", b",dc=")),
    "default": (1, lambda value, arguments: value or (written(arguments, 0) if arguments else b"")),
    "concat": (
        1000,
        lambda value, arguments: b"".join(
            [value, written(arguments, 0), *(written(arguments, n) for n in range(1, len(arguments)))]
        ),
    ),
    "substr": (2, substr),
    "truncate": (1, truncate),
    "lfill": (2, lambda value, arguments: filler(value, arguments) + value),
    "rfill": (2, lambda value, arguments: value + filler(value, arguments)),
    "md5": (0, lambda value, arguments: digest(value, "md5")),
    "sha1": (0, lambda value, arguments: digest(value, "sha1")),
    "sha256": (0, lambda value, arguments: digest(value, "sha256")),
    "sha384": (0, lambda value, arguments: digest(value, "sha384")),
    "sha512": (0, lambda value, arguments: digest(value, "sha512")),
    "hash": (
        1,
        lambda value, arguments: digest(value, written(arguments, 0).decode("utf-8", "surrogateescape")),
    ),
    "base64": (0, lambda value, arguments: base64.b64encode(value)),
    "unbase64": (0, lambda value, arguments: from_base64(value)),
    "hex": (1, hexadecimal),
    "unhex": (0, lambda value, arguments: decimal(value)),
    "if": (4, chosen),
    "hexlify": (1, hexlified),
    "unhexlify": (0, lambda value, arguments: unhexlified(value)),
}


def filtered(name: str, value: bytes, binary: bool, arguments: Sequence[Argument]) -> tuple[bytes, bool]:
    """
    A value after one filter, and whether it is binary.

    Raises:
        VarExpandError: There is no such filter, or it cannot do it.
    """
    if name not in FILTERS:
        raise VarExpandError(f"No such function '{name}'")
    most, function = FILTERS[name]
    # Who needs no default does not look at what is given.
    if len(arguments) > most and not (name == "default" and value):
        raise VarExpandError(f"{name}: Too many positional parameters")
    try:
        return function(value, arguments), (binary or name in BINARY) and name not in TEXT
    except VarExpandError as error:
        raise VarExpandError(f"{name}: {error}") from None

"""
Dovecot 2.4's boolean lists, of which ``mail_plugins`` is one: names that are on or off.

``LIST { NAME = yes }`` names one, ``LIST = NAME NAME`` all.
"""

from __future__ import annotations

import re

from luahost import patterns
from luahost.config.quoting import unescaped
from luahost.config.values import Value

TRUTHS = {"yes": True, "y": True, "1": True, "no": False}

_NAME = patterns.compile(r'[ ,]*(?:"((?:\\.|[^"\\])*)"|([^ ,"]+))(?=[ ,]|$)', re.DOTALL)


def truth(name: str, value: Value) -> bool:
    """
    Whether an entry is on.

    Raises:
        ConfigError: It is neither yes nor no.
    """
    found = TRUTHS.get(value.text.lower())
    if found is None:
        raise value.origin.error(
            f"Invalid boolean value: {value.text} (use yes or no): {name} is yes or no, found {value.text!r}"
        )
    return found


def names_of(name: str, value: Value) -> list[str]:
    """
    The names of a list that is set as a whole: between blanks and commas, or in double quotes.

    Raises:
        ConfigError: A quote is not closed or stands within a name, or it is 2.3's syntax.
    """
    found, at = list[str](), 0
    text = value.text.rstrip(" ,")
    while at < len(text):
        matched = _NAME.match(text, at)
        if matched is None:
            raise value.origin.error(f"{name}: a '\"' is not closed, or stands in the middle of a name")
        quoted, plain = matched.groups()
        found.append(plain if quoted is None else unescaped(quoted))
        at = matched.end()
    for one in found:
        if one.startswith("$"):
            raise value.origin.error(
                f"{one} is Dovecot 2.3's syntax; in 2.4 {name} {{ notify = yes }} adds to the list"
            )
    return found

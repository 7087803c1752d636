"""
Settings as they may be shown: what opens doors is hidden.

Hidden are values of settings that are called like a secret, the login and password in URLs, and options
and URL parameters that are called like a secret.
"""

from __future__ import annotations

import re

from luahost import patterns

HIDDEN = "<hidden>"

_SECRET_NAME = patterns.compile(
    r"pass (?: w | phrase | _ | $) | secret | token | credential | bearer | authorization"
    r"| (?: api | private | ^ | [_-] ) [_-]? key (?: $ | [_-] )",
    re.IGNORECASE | re.VERBOSE,
)
_USERINFO = patterns.compile(r"(?<=://)[^/\s?#]*@")
_OPTION = patterns.compile(r"([\w.-]+)=([^\s?&;]*)")


def masked(name: str, value: str) -> str:
    """
    A setting's value without its secrets; ``name`` is the last part of what it is called.
    """
    if not value:
        return value
    if is_secret(name):
        return HIDDEN
    return _OPTION.sub(_without_secret, _USERINFO.sub(f"{HIDDEN}@", value))


def is_secret(name: str) -> bool:
    """
    Whether a setting of this name holds a secret.
    """
    return _SECRET_NAME.search(name) is not None


def _without_secret(found: re.Match[str]) -> str:
    name, value = found.groups()
    return f"{name}={HIDDEN if value and is_secret(name) else value}"

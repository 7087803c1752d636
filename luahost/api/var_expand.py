"""
``user:var_expand``: Dovecot's variables, in the syntax of 2.3 and in that of 2.4.

2.3 has ``%u``, ``%Lu``, ``%.2u`` and ``%{user}``, and puts ``UNSUPPORTED_VARIABLE_name`` for what it does
not know. 2.4 has ``%{user}`` and ``%{user | upper}`` only, and what it does not know is an error.
"""

from __future__ import annotations

from typing import Literal

from luahost.api.filter_variables import filters_expanded
from luahost.api.percent_variables import Unknown, percent_expanded
from luahost.api.variables import VarExpandError
from luahost.store import MailUser

__all__ = ["VarExpandError", "setting_expanded", "var_expand"]


def unsupported(name: str) -> str:
    """
    What ``user:var_expand`` of 2.3 puts in the place of an unknown variable.
    """
    return f"UNSUPPORTED_VARIABLE_{name}"


def var_expand(
    template: str, user: MailUser, syntax: Literal["percent", "filters"], *, unknown: Unknown = unsupported
) -> str:
    """
    The template with its variables replaced.

    Raises:
        VarExpandError: A bad conditional; in the syntax of 2.4 an unknown variable, filter or bad grammar.
    """
    if syntax == "percent":
        return percent_expanded(template, user, unknown)
    return filters_expanded(template, user)


def setting_expanded(template: str, user: MailUser, syntax: Literal["percent", "filters"]) -> str:
    """
    A setting of the configuration with its variables replaced, as it is done when the user's session begins.

    Raises:
        VarExpandError: As in :func:`var_expand`, and in the syntax of 2.3 for an unknown variable too.
    """
    missing: list[str] = []

    def unknown(name: str) -> str:
        missing.append(name)
        return ""

    value = var_expand(template, user, syntax, unknown=unknown)
    if missing:
        raise VarExpandError(f"Unknown variable '%{missing[0]}'")
    return value

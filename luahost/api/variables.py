"""
What the variables of both versions stand for.
"""

from __future__ import annotations

import socket

from luahost.store import MailUser


class VarExpandError(Exception):
    """
    Dovecot cannot expand this; the words are Dovecot's.
    """


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


def looked_up(name: str, user: MailUser, *, default: bool = False) -> str | None:
    """
    ``userdb:NAME[:DEFAULT]`` and ``env:NAME``; None for other names.

    Dovecot's mail processes have next to no environment, so of that there is nothing.
    """
    kind, colon, rest = name.partition(":")
    rest, _, otherwise = rest.partition(":")
    if colon and kind == "userdb":
        return user.userdb.get(rest, otherwise if default else "")
    return "" if colon and kind == "env" else None

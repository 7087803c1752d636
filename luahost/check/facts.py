"""
What a script can reach of Dovecot, per dialect: functions, methods, fields, constants, options, handlers.

The facts stand in ``facts.json``, which luahost's own host is asked for (``make docs``; a test holds it
against the host). So the checker knows what the host knows, and needs not start it to know it.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "facts.json")

BEGIN = "dovecot_lua_notify_begin_txn"
END = "dovecot_lua_notify_end_txn"
MAIL_LUA = ("mail_user_created", "mail_user_deinit_pre", "mail_user_deinit")
"""The functions of the mail-lua plugin's script, which may be the same file."""

NEWER: Mapping[tuple[str, str], str] = {
    ("dovecot", "base64"): "2.4.2",
    ("dovecot", "var_expand"): "2.4.2",
    ("http_request", "set_event"): "2.4.3",
    ("http_request", "get_event"): "2.4.3",
}
"""What came after the version that a dialect is measured by, and with which version."""

MAY_BE_NIL = frozenset({"subject", "message_id", "session_id", "home"})
"""Fields that are not there at times."""

ASKED_FOR = ("status", "keywords")
"""A field that is there only if ``STATUS_KEYWORDS`` asks for it."""


def may_be_nil(owner: str, name: str) -> bool:
    """
    Whether a field is not there at times.
    """
    return name in MAY_BE_NIL or (owner, name) == ASKED_FOR


MEASURED = {"2.3": "2.3.19.1", "2.4": "2.4.1"}
"""The versions that the dialects are measured by."""


class Facts:
    """
    One dialect's facts.

    Attributes:
        dialect: Its name.

        methods: The names of functions, by what has them: ``mail_user``, ``mailbox``, ``event``, ``dovecot``
            …

        fields: Names and types of fields, likewise; those of events by the event's name.

        handlers: The function that Dovecot calls, by event.

        http_options: The settings of ``dovecot.http.client`` and what they may be.

        http_targets: What those of them set that have an equal in the other version.

        switches: Those switches of the dialect that the rules ask for.

        globals: The global variables that Lua 5.4 and Dovecot give.
    """

    def __init__(self, dialect: str, handlers: Mapping[str, str], raw: Mapping[str, Any]) -> None:
        self.dialect = dialect
        self.handlers = handlers
        self.methods = {owner: frozenset(names) for owner, names in raw["methods"].items()}
        self.fields: Mapping[str, Mapping[str, str]] = raw["fields"]
        self.http_options: Mapping[str, str] = raw["http_options"]
        self.http_targets: Mapping[str, str] = raw["http_targets"]
        self.switches: Mapping[str, Any] = raw["switches"]
        self.globals = frozenset(raw["globals"])

    def members(self, owner: str) -> frozenset[str]:
        """
        The names of all that an object of this kind has.
        """
        return self.methods.get(owner, frozenset()) | frozenset(self.fields.get(owner, ()))

    def has(self, owner: str, name: str) -> bool:
        """
        Whether an object of this kind has such a member.
        """
        return name in self.methods.get(owner, ()) or name in self.fields.get(owner, ())

    @property
    def title(self) -> str:
        """
        What stands for the dialect in a message, until it is known in how many the message is true.
        """
        return TITLE


TITLE = "\N{REPLACEMENT CHARACTER}Dovecot\N{REPLACEMENT CHARACTER}"


def named(message: str, dialects: Sequence[str]) -> str:
    """
    A message with these dialects in it.
    """
    versions = [name for name in dialects if name in MEASURED]
    names = [f"Dovecot {' and '.join(versions)}"] if versions else []
    if len(versions) < len(dialects):
        names.append("Dovecot as documented")
    return message.replace(TITLE, " and ".join(names))


@functools.cache
def all_facts() -> Mapping[str, Facts]:
    """
    The facts of every dialect, by its name.
    """
    with open(FILE, encoding="utf-8") as file:
        raw = json.load(file)
    return {name: Facts(name, raw["handlers"], facts) for name, facts in raw["dialects"].items()}

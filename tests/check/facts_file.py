"""
``luahost/check/facts.json``: what ``luahost check`` knows of Dovecot, asked of luahost's own host.

A script tells what it can reach, in each dialect; the rest stands in the tables that the host runs on.
``make docs`` writes the file; a test holds it against the host, so the two cannot disagree.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from luahost.api.http_options import NATIVE, TEXT
from luahost.dialects import DIALECTS, Dialect
from luahost.effects import Log
from luahost.events import EVENTS, Event
from luahost.host import Host, Session
from luahost.store import MailUser, MemoryStore

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "luahost/check/facts.json"
PROBE = Path(__file__).parent / "probe.lua"

SWITCHES = (
    "event_user flags_bitmask keywords_set keywords_clear integers script_init_settings script_init_result "
    "var_expand http_settings http_event_parent"
)

Facts = dict[str, Any]


def happenings() -> list[Event]:
    """
    One of each event, with all that it can have.
    """
    values: dict[str, Any] = {
        "mailbox": "INBOX",
        "mailbox_old": "Old",
        "uid": 1,
        "uid_validity": 1,
        "subject": "Hi",
        "message_id": "<1@example.org>",
    }
    return [
        event(**{name: value for name, value in values.items() if name in event.__dataclass_fields__})
        for event in EVENTS
    ]


def told(dialect: Dialect) -> list[list[str]]:
    """
    What the probe tells: kind, owner, name and type.
    """
    host = Host(PROBE, dialect=dialect.name, http="deny", policy="dovecot")
    with Session(host, MailUser("bob"), MemoryStore()) as session:
        session.notify(*happenings())
        assert not session.effects.failed, [log for log in session.effects.of(Log) if log.failure]
        return [log.text.split(" ") for log in session.effects.of(Log) if log.level == "info"]


def targets(dialect: Dialect) -> dict[str, str]:
    """
    What those settings set that set what the other version's set, too.
    """
    found = NATIVE if dialect.http_settings == "native" else TEXT
    return {option.name: option.target for option in found if option.target is not None}


def options(dialect: Dialect) -> dict[str, str]:
    """
    The settings of ``dovecot.http.client`` and what they may be.
    """
    found = NATIVE if dialect.http_settings == "native" else TEXT
    more = {"event_parent": "event"} if dialect.http_event_parent else {}
    return {**{option.name: option.kind for option in found}, **more}


def of(dialect: Dialect) -> Facts:
    """
    The facts of a dialect.
    """
    facts: Facts = {"methods": {}, "fields": {}, "globals": [], "arguments": {}}
    for kind, owner, name, what in sorted(told(dialect)):
        if kind == "global":
            facts["globals"].append(name)
        elif kind == "method":
            facts["methods"].setdefault(owner, []).append(name)
        else:
            facts[f"{kind}s"].setdefault(owner, {})[name] = what
    facts["globals"] = [name for name in facts["globals"] if not name.startswith(("dovecot_lua_", "script_"))]
    facts["http_options"] = options(dialect)
    facts["http_targets"] = targets(dialect)
    facts["switches"] = {name: getattr(dialect, name) for name in SWITCHES.split()}
    return facts


def made() -> Facts:
    """
    The whole file.
    """
    return {
        "handlers": {event.name: event.handler for event in EVENTS},
        "dialects": {name: of(dialect) for name, dialect in DIALECTS.items()},
    }


def text() -> str:
    """
    The same as it is written.
    """
    return json.dumps(made(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")

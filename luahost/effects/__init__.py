"""
Everything a script or driver does to the outside: the kinds of effects, the list that collects them, and
their JSON form.
"""

from luahost.effects.json_form import json_key, json_value, to_json
from luahost.effects.kinds import (
    Call,
    Effect,
    Failure,
    Http,
    Log,
    MailboxCall,
    Metadata,
    NamedEvent,
    Print,
    ProcessKilled,
    Value,
)
from luahost.effects.listed import Effects, Making, stamped

__all__ = [
    "Call",
    "Effect",
    "Effects",
    "Failure",
    "Http",
    "Log",
    "MailboxCall",
    "Making",
    "Metadata",
    "NamedEvent",
    "Print",
    "ProcessKilled",
    "Value",
    "json_key",
    "json_value",
    "stamped",
    "to_json",
]

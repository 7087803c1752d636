"""
The kinds of values that rules ask for, and what Dovecot's functions and modules give.
"""

from __future__ import annotations

from typing import NamedTuple

from luahost.check.syntax.nodes import Node


class Kind(NamedTuple):
    """
    A kind of value.

    Attributes:
        what: ``mail_user``, ``mailbox``, ``event`` (of the log), ``http_client`` and so on, as in the facts;
            ``push_event`` for what handlers get; ``dovecot_number`` for numbers that are floats in Dovecot;
            ``table`` and ``function`` for the script's own; ``module``; ``setting``; and Lua's types.

        detail: Which: the event's or module's name, the setting's key, the table, the function, the call.
    """

    what: str
    detail: str | Node | None = None


Kinds = frozenset[Kind]

UNKNOWN: Kinds = frozenset()
STRING, INTEGER, FLOAT, NUMBER = Kind("string"), Kind("integer"), Kind("float"), Kind("number")
BOOLEAN, NIL = Kind("boolean"), Kind("nil")
DOVECOT_NUMBER = Kind("dovecot_number")

HTTP_MODULES = ("socket.http", "ssl.https")
JSON_MODULES = ("json", "cjson", "cjson.safe", "dkjson", "JSON", "rapidjson")

OF_TYPE = {
    "string": STRING,
    "float": DOVECOT_NUMBER,
    "integer": DOVECOT_NUMBER,
    "boolean": BOOLEAN,
}
"""Fields by the types in the facts. What Dovecot gives as a number is a float in all real versions."""

LISTS = ("list", "table")
"""The types of lists; such a kind has the field's name for its detail."""

METHOD_RESULTS: dict[tuple[str, str], Kind] = {
    ("mail_user", "metadata_get"): STRING,
    ("mail_user", "var_expand"): STRING,
    ("mailbox", "metadata_get"): STRING,
    ("mailbox", "status"): Kind("status"),
    ("http_response", "status"): INTEGER,
    ("http_response", "reason"): STRING,
    ("http_response", "payload"): STRING,
    ("http_response", "header"): STRING,
    ("dovecot", "has_flag"): BOOLEAN,
    ("dovecot", "set_flag"): INTEGER,
    ("dovecot", "clear_flag"): INTEGER,
    ("dovecot", "microseconds"): INTEGER,
    ("dovecot", "nanoseconds"): INTEGER,
    ("dovecot", "net_ip_family"): INTEGER,
    ("dovecot", "tabescape"): STRING,
    ("dovecot", "tabunescape"): STRING,
}
"""What methods and functions of ``dovecot`` give."""

MADE = {
    ("mail_user", "mailbox"): "mailbox",
    ("dovecot", "event"): "event",
    ("event", "passthrough_event"): "passthrough_event",
    ("http", "client"): "http_client",
    ("http_client", "request"): "http_request",
    ("http_request", "submit"): "http_response",
}
"""Calls that make an object; its kind has the call for its detail."""

SELF_RETURNING = ("event", "passthrough_event")
"""Objects whose methods answer the object."""

LIBRARY_RESULTS: dict[str, Kind] = {
    "tostring": STRING,
    "type": STRING,
    "tonumber": NUMBER,
    "string.format": STRING,
    "string.rep": STRING,
    "string.lower": STRING,
    "string.upper": STRING,
    "string.sub": STRING,
    "string.gsub": STRING,
    "string.reverse": STRING,
    "string.match": STRING,
    "string.byte": INTEGER,
    "string.len": INTEGER,
    "string.find": INTEGER,
    "table.concat": STRING,
    "math.tointeger": INTEGER,
    "math.floor": INTEGER,
    "math.ceil": INTEGER,
    "os.time": INTEGER,
    "os.date": STRING,
    "os.clock": FLOAT,
    "os.getenv": STRING,
    "socket.url.escape": STRING,
    "socket.url.unescape": STRING,
    "socket.url.build": STRING,
    "socket.url.absolute": STRING,
    "mime.b64": STRING,
}
"""What functions of Lua's libraries and of modules give as their first result."""

LIBRARY_RESULTS |= {f"{module}.encode": STRING for module in JSON_MODULES}

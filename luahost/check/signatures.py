"""
What functions and methods of ``dovecot`` take and give, for editors: names, types, and one line about each.

Which of them a dialect has is in the facts; a test holds the names against them.

Sources: Dovecot's documents of 2.3 and 2.4, and what Dovecot 2.3.19.1 and 2.4.1 check and answer.
"""

from __future__ import annotations

from typing import NamedTuple


class Signature(NamedTuple):
    """
    A function or method, without ``self``.

    Attributes:
        parameters: ``name: type``, comma-separated; ``name?`` may be left out, ``...`` is any number.

        result: The type of what it gives; empty for nothing.

        words: What it does.
    """

    parameters: str
    result: str
    words: str


KEY = "key: string"
LOG = {
    f"log_{level}": Signature(
        "text: string", "self", f"Write a line of level {level}, and send the named event."
    )
    for level in ("debug", "info", "warning", "error")
}
FIELDS = {
    "set_name": Signature(
        "name: string", "self", "Name the event that the next log call sends to the statistics."
    ),
    "add_str": Signature(f"{KEY}, value: string", "self", "Add a field."),
    "add_int": Signature(f"{KEY}, value: integer", "self", "Add a field. A text or a fraction raises."),
    "add_timeval": Signature(f"{KEY}, seconds: integer", "self", "Add a field that is a time."),
    "inc_int": Signature(f"{KEY}, difference: integer", "self", "Add to a field, or make it."),
    "append_log_prefix": Signature(
        "prefix: string", "self", "Set what stands in front of this event's lines."
    ),
    "replace_log_prefix": Signature(
        "prefix: string", "self", "Drop all that stands in front, the process too."
    ),
    "set_always_log_source": Signature("", "self", "Changes nothing that can be seen in a log line."),
}
METADATA = {
    "metadata_get": Signature(
        "key: string, ...: string", "string? ...", "METADATA by key, nil if it is not set."
    ),
    "metadata_set": Signature(f"{KEY}, value: string|number|nil", "", "Set METADATA; nil unsets it."),
    "metadata_unset": Signature(KEY, "", "Remove METADATA."),
    "metadata_list": Signature(
        "prefix: string, ...: string", "table<string, string>", "All METADATA whose keys begin so."
    ),
}

SIGNATURES: dict[str, dict[str, Signature]] = {
    "dovecot": {
        **{
            f"i_{level}": Signature("text: string", "", f"Write a line of level {level} to the mail log.")
            for level in ("debug", "info", "warning", "error")
        },
        "event": Signature(
            "parent?: dovecot.event", "dovecot.event", "A new event, a child of the script's or of one."
        ),
        "has_flag": Signature(
            "value: integer, flag: integer", "boolean", "Whether all bits of a flag are set."
        ),
        "set_flag": Signature("value: integer, flag: integer", "integer", "A value with a flag."),
        "clear_flag": Signature("value: integer, flag: integer", "integer", "A value without a flag."),
        "restrict_global_variables": Signature("on: boolean", "", "Make new global variables an error."),
        "gettimeofday": Signature("", "{tv_sec: integer, tv_usec: integer}", "The time."),
        "microseconds": Signature("", "integer", "The time in microseconds since 1970."),
        "nanoseconds": Signature("", "integer", "The time in nanoseconds since 1970."),
        "net_ip_family": Signature("address: string", "integer", "4, 6, or 0 for what is no IP address."),
        "tabescape": Signature(
            "text: string", "string", "Escape tabs and line ends, as Dovecot's protocols do."
        ),
        "tabunescape": Signature("text: string", "string", "Undo tabescape."),
        "split_tabescaped": Signature(
            "text: string", "string[]", "The fields of a line of one of those protocols."
        ),
    },
    "http": {
        "client": Signature(
            "settings: dovecot.http_client.settings", "dovecot.http_client", "A client. Wrong settings raise."
        ),
    },
    "mail_user": {
        "plugin_getenv": Signature(KEY, "string?", "A plugin setting."),
        "var_expand": Signature("template: string", "string", "A text with its variables replaced."),
        "mailbox": Signature("name: string, flags?: integer", "dovecot.mailbox", "A mailbox, not open yet."),
        **METADATA,
    },
    "mailbox": {
        "open": Signature("", "", "Open it. Raises if it does not exist."),
        "close": Signature("", "", "Close it; it may be opened again."),
        "free": Signature("", "", "Let it go. Everything else kills the process afterwards."),
        "sync": Signature("flags?: integer", "", "Open it and read what is new."),
        "status": Signature("item: integer, ...: integer", "dovecot.status", "Counts; opens it if need be."),
        **METADATA,
    },
    "event": {
        **FIELDS,
        **LOG,
        "passthrough_event": Signature(
            "",
            "dovecot.passthrough_event",
            "A child for one log line, which has to come before anything else.",
        ),
        "set_forced_debug": Signature("", "self", "Write debug lines whatever the filter says."),
        "unset_forced_debug": Signature("", "self", "Write debug lines as the filter says."),
    },
    "passthrough_event": {**FIELDS, **LOG},
    "http_client": {
        "request": Signature(
            "request: {url: string, method?: string}",
            "dovecot.http_request",
            "A request. A wrong URL raises.",
        ),
    },
    "http_request": {
        "add_header": Signature("name: string, value: string", "", "Set a header."),
        "remove_header": Signature("name: string", "", "Take a header away."),
        "set_payload": Signature("payload: string, sync?: boolean", "", "Set the body, which ends at a NUL."),
        "submit": Signature("", "dovecot.http_response", "Send it and wait. Once."),
    },
    "http_response": {
        "status": Signature("", "integer", "The status; from 9000 on there was no answer."),
        "reason": Signature("", "string", "The reason phrase, or why there was no answer."),
        "header": Signature("name: string", "string", "A header, empty if there is none."),
        "payload": Signature("", "string", "The body."),
    },
}
"""By what has them."""

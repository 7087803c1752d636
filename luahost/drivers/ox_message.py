"""
What the OX driver sends: one line of JSON, byte for byte as Dovecot writes it.

Fields come in a fixed order without blanks; From and Subject as they stand in the message; what a message
lacks is left out. (Compared with Dovecot 2.3.19.1.)
"""

from __future__ import annotations

from collections.abc import Sequence

from luahost import patterns
from luahost.events import MessageNew

_NAMED = {
    ord("\b"): "\\b",
    ord("\f"): "\\f",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}

_CODED = (*range(0x20), 0x2028, 0x2029)
_ESCAPES = {
    "\\u001f": {code: f"\\u{code:04x}" for code in _CODED} | _NAMED,
    "\\u001F": {code: f"\\u{code:04X}" for code in _CODED} | _NAMED,
}
"""By how U+001F is written. Everything else stands for itself, the slash and what is no ASCII too."""

_SURROGATE = patterns.compile("[\ud800-\udfff]")


def notification(
    event: MessageNew,
    *,
    user: str,
    event_name: str,
    unseen: int | None,
    order: Sequence[str],
    hexadecimal: str,
) -> str:
    """
    The JSON about a message.

    Args:
        event: The message.

        user: Whose it is.

        event_name: What the event is called.

        unseen: How many messages of INBOX are unseen, None if that is not known.

        order: The fields in their order.

        hexadecimal: How U+001F is written; so are others.
    """
    fields: dict[str, str | int | None] = {
        "user": user,
        "event": event_name,
        "folder": "INBOX",
        "imap-uidvalidity": event.uid_validity,
        "imap-uid": event.uid,
        "from": event.header("from"),
        "subject": event.header("subject"),
        "snippet": event.snippet,
        "unseen": unseen,
    }
    members = (
        f'"{name}":{_json(value, hexadecimal)}' for name in order if (value := fields[name]) is not None
    )
    return "{" + ",".join(members) + "}"


def _json(value: str | int, hexadecimal: str) -> str:
    if isinstance(value, int):
        return str(value)
    # Each byte that is no UTF-8 is a surrogate here, and one replacement character there.
    return '"' + _SURROGATE.sub("\ufffd", value).translate(_ESCAPES[hexadecimal]) + '"'

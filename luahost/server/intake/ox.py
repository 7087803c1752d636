"""
The body of Dovecot's ``ox`` driver → a transaction, so that a Dovecot without Lua can feed the server.

The driver tells of deliveries to INBOX only, and of From and Subject as they stand in the message; what it
does not tell (To, Date, Message-ID, flags) an event is without. (Dovecot 2.3.19.1 and 2.4.1; its form is in
``luahost/drivers/ox_message.py``.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from luahost.events import UINT32_MAX
from luahost.message.addresses import first_mailbox
from luahost.message.encoded_words import decode_header
from luahost.server.intake.answers import RefusalError
from luahost.server.spool import Entry, PutKey
from luahost.sources.transaction_schema import SchemaError, recorded_transaction

PLACE = "/preliminary/http-notify/v1/notify"
"""Where App Suite takes it, and so where drivers are pointed at."""

EVENT = "messageNew"


def read_notification(body: bytes, *, expires: float | None) -> tuple[Entry, PutKey]:
    """
    The transaction that a notification tells of, and a key by which it is known if the driver, which may try
    again, brings it twice.

    Args:
        body: All of it.

        expires: When it is of no more use, in seconds since 1970.

    Raises:
        RefusalError: It is no notification, 400, with the path of what is wrong.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        _refuse("", "this is no JSON")
    if not isinstance(value, dict):
        _refuse("", "an object is needed here")
    found = {name: read(value[name], name) for name, read in _READERS.items() if name in value}
    for name in _REQUIRED:
        if name not in found:
            _refuse("", f"{name} is missing")
    transaction = _transaction(found)
    try:
        recorded_transaction(transaction)
    except SchemaError as error:
        _refuse("", str(error))
    payload = json.dumps(transaction, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(body)
    key = PutKey(key=f"ox-{digest.hexdigest()}", digest=digest.digest())
    return Entry(user=found["user"], payload=payload, expires=expires), key


def _transaction(found: Mapping[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {
        "name": "MessageNew",
        "mailbox": found["folder"],
        "uid": found["imap-uid"],
        "uid_validity": found["imap-uidvalidity"],
        "snippet": found.get("snippet", ""),
    }
    if "from" in found:
        sender = first_mailbox(found["from"].encode())
        event["from"] = found["from"]
        event["from_address"] = sender.address.decode("utf-8", "replace")
        event["from_display_name"] = decode_header(sender.name)
    if "subject" in found:
        event["subject"] = decode_header(found["subject"].encode())
    return {
        "luahost_transaction": 1,
        "user": {"username": found["user"]},
        "events": [event],
        "success": True,
        "mailboxes": {found["folder"]: _status(found)} if "unseen" in found else {},
    }


def _status(found: Mapping[str, Any]) -> dict[str, int]:
    """
    The mailbox after the delivery. Only ``unseen`` is known; of the rest, the least that there must be, so
    that scripts which ask for it are answered.
    """
    return {
        "unseen": found["unseen"],
        "messages": max(found["unseen"], 1),
        "recent": 1,
        "uid_next": min(found["imap-uid"] + 1, UINT32_MAX),
        "uid_validity": found["imap-uidvalidity"],
    }


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        _refuse(path, "text is needed here")
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(path, "half of a surrogate pair is no text")
    return value


def _number(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(path, "a whole number is needed here")
    return value


def _event(value: Any, path: str) -> str:
    if value != EVENT:
        _refuse(path, f"only {EVENT} is taken here")
    return EVENT


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "user": _text,
    "event": _event,
    "folder": _text,
    "imap-uidvalidity": _number,
    "imap-uid": _number,
    "from": _text,
    "subject": _text,
    "snippet": _text,
    "unseen": _number,
}
"""Its fields. Others, which a later Dovecot may send, are passed over."""

_REQUIRED = ("user", "event", "folder", "imap-uidvalidity", "imap-uid")


def _refuse(path: str, words: str) -> NoReturn:
    raise RefusalError(HTTPStatus.BAD_REQUEST, f"{path}: {words}" if path else words, path=path)

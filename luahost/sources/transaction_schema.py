"""
A push transaction as JSON: what a recording has on each line. ``docs/recordings.md`` is for users, and
``docs/transaction.schema.json`` for programs.

The form is the tables below. Unknown keys are errors, so that no typing error goes unheard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from luahost.events import EVENTS, UINT32_MAX, Event
from luahost.store import MailboxError
from luahost.store.mailbox_names import checked_name
from luahost.store.metadata_keys import SCOPES

VERSION_KEY = "luahost_transaction"
VERSION = 1


class SchemaError(Exception):
    """
    A value that is not what it should be.

    Attributes:
        path: Where it is: ``events[0].uid``; empty for the whole.

        words: What is wrong with it.
    """

    def __init__(self, path: str, words: str) -> None:
        super().__init__(f"{path}: {words}" if path else words)
        self.path = path
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStatus:
    """
    A mailbox after a transaction; what is not known is None.
    """

    messages: int | None = None
    recent: int | None = None
    unseen: int | None = None
    uid_next: int | None = None
    uid_validity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTransaction:
    """
    A transaction.

    Attributes:
        user: Fields of :class:`~luahost.store.MailUser`, ``username`` among them.

        events: What happened, in order; nothing is known of what was rolled back.

        success: Whether it was committed.

        mailboxes: The mailboxes of messages that it is about, afterwards, by name.

        metadata: METADATA of the user that is known, by key; there may be more.

        dialect: The version of the Dovecot that it is from.

        time: When it ended, in seconds since 1970.

        hidden: Whether hashes stand for names, addresses and text.
    """

    user: Mapping[str, Any]
    events: tuple[Event, ...]
    success: bool
    mailboxes: Mapping[str, RecordedStatus] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    dialect: str | None = None
    time: int | float | None = None
    hidden: bool = False

    @property
    def session(self) -> tuple[object, ...]:
        """
        What transactions of one session have in common.
        """
        return tuple(
            self.user.get(name) for name in ("username", "service", "session_id", "session_create_time")
        )


Reader = Callable[[Any, str], Any]
"""Takes a value and its path, and answers what luahost needs of it, or raises :class:`SchemaError`."""


def _text(value: Any, path: str) -> str:
    """
    Text, or ``{"bytes": "<hex>"}`` for what is no UTF-8.
    """
    if isinstance(value, dict) and list(value) == ["bytes"] and isinstance(value["bytes"], str):
        try:
            return bytes.fromhex(value["bytes"]).decode("utf-8", "surrogateescape")
        except ValueError:
            raise SchemaError(f"{path}.bytes", "this is not hexadecimal") from None
    if not isinstance(value, str):
        raise SchemaError(path, f"text is needed here, found {_shown(value)}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise SchemaError(path, 'half of a surrogate pair is no text; write {"bytes": "…"}') from None
    return value


def _texts(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SchemaError(path, f"a list is needed here, found {_shown(value)}")
    return tuple(_text(item, f"{path}[{index}]") for index, item in enumerate(value))


def _truth(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise SchemaError(path, f"true or false is needed here, found {_shown(value)}")
    return value


def _number(value: Any, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SchemaError(path, f"a number is needed here, found {_shown(value)}")
    return value


def _whole(value: Any, path: str) -> int:
    """
    A whole number, which JSON may write as ``1.0``.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SchemaError(path, f"a whole number is needed here, found {_shown(value)}")
    return value


def _count(value: Any, path: str) -> int:
    found = _whole(value, path)
    if not 0 <= found <= UINT32_MAX:
        raise SchemaError(path, f"a number from 0 to {UINT32_MAX} is needed here, found {_shown(value)}")
    return found


def _mailbox(value: Any, path: str) -> str:
    try:
        return checked_name(_text(value, path))
    except MailboxError as error:
        raise SchemaError(path, str(error)) from None


_USER: Mapping[str, Reader] = {
    "username": _text,
    "home": _text,
    "uid": _count,
    "gid": _count,
    "service": _text,
    "session_id": _text,
    "session_create_time": _count,
    **dict.fromkeys(
        (
            "nonexistent",
            "anonymous",
            "autocreated",
            "mail_debug",
            "fuzzy_search",
            "dsyncing",
            "admin",
            "session_restored",
        ),
        _truth,
    ),
}


def _user(value: Any, path: str) -> dict[str, Any]:
    found = _record(value, path, _USER, required=["username"])
    if not found["username"]:
        raise SchemaError(f"{path}.username", "a user needs a name")
    # What is absent was absent; only scenarios have a session of luahost's choice.
    return {"session_id": None, **found}


_EVENT_READERS: Mapping[str, Reader] = {
    "mailbox": _mailbox,
    "mailbox_old": _mailbox,
    **dict.fromkeys(("uid", "uid_validity"), _count),
    **dict.fromkeys(("date", "tz"), _whole),
    **dict.fromkeys(("flags", "flags_old", "keywords", "keywords_old"), _texts),
}
"""Readers by field; all other fields are text."""

_NOT_RECORDED = {"headers"}
_KINDS = {kind.name: kind for kind in EVENTS}


def _table(kind: type[Event]) -> tuple[dict[str, Reader], list[str]]:
    """
    Readers of an event's fields, and which must be there. Python has another use for the word "from".
    """
    readers: dict[str, Reader] = {"name": _text}
    required = ["name"]
    for each in fields(kind):
        if each.name not in _NOT_RECORDED:
            name = each.name.removesuffix("_")
            readers[name] = _EVENT_READERS.get(name, _text)
            if each.default is MISSING and each.default_factory is MISSING:
                required.append(name)
    return readers, required


_TABLES = {kind.name: _table(kind) for kind in EVENTS}


def _event(value: Any, path: str) -> Event:
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or name not in _KINDS:
        raise SchemaError(f"{path}.name", f"this is none of {', '.join(_KINDS)}: {_shown(name)}")
    readers, required = _TABLES[name]
    found = _record(value, path, readers, required=required)
    del found["name"]
    if "from" in found:
        found["from_"] = found.pop("from")
    try:
        return _KINDS[name](**found)
    except ValueError as error:
        raise SchemaError(path, str(error)) from None


def _events(value: Any, path: str) -> tuple[Event, ...]:
    if not isinstance(value, list):
        raise SchemaError(path, f"a list is needed here, found {_shown(value)}")
    return tuple(_event(item, f"{path}[{index}]") for index, item in enumerate(value))


_STATUS: Mapping[str, Reader] = {each.name: _count for each in fields(RecordedStatus)}


def _status(value: Any, path: str) -> RecordedStatus:
    found = _record(value, path, _STATUS)
    for name in ("uid_next", "uid_validity"):
        if found.get(name) == 0:
            raise SchemaError(f"{path}.{name}", "this is 1 at least")
    return RecordedStatus(**found)


def _mailboxes(value: Any, path: str) -> dict[str, RecordedStatus]:
    if not isinstance(value, dict):
        raise SchemaError(path, f"an object is needed here, found {_shown(value)}")
    return {_mailbox(name, path): _status(status, f"{path}.{name}") for name, status in value.items()}


def _metadata(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise SchemaError(path, f"an object is needed here, found {_shown(value)}")
    for key in value:
        if not key.startswith(SCOPES):
            raise SchemaError(path, f"a key begins with {' or '.join(SCOPES)}, found {key[:60]!r}")
    return {_text(key, path): _text(item, f"{path}.{key}") for key, item in value.items()}


def _version(value: Any, path: str) -> None:
    if value != VERSION or isinstance(value, bool):
        raise SchemaError(path, f"this luahost reads version {VERSION}, found {_shown(value)}")


_TOP: Mapping[str, Reader] = {
    VERSION_KEY: _version,
    "dialect": _text,
    "time": _number,
    "hidden": _truth,
    "user": _user,
    "events": _events,
    "success": _truth,
    "mailboxes": _mailboxes,
    "metadata": _metadata,
}


def recorded_transaction(value: Any) -> RecordedTransaction:
    """
    The transaction that a value, as JSON has it, says.

    Raises:
        SchemaError: It is none.
    """
    found = _record(value, "", _TOP, required=[VERSION_KEY, "user", "events", "success"])
    del found[VERSION_KEY]
    if found["success"] and not found["events"]:
        raise SchemaError("events", "a transaction that succeeds has at least one")
    return RecordedTransaction(**found)


def _record(
    value: Any, path: str, readers: Mapping[str, Reader], *, required: Sequence[str] = ()
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaError(path, f"an object is needed here, found {_shown(value)}")
    head = f"{path}." if path else ""
    for name in required:
        if name not in value:
            raise SchemaError(path, f"{name} is missing")
    found = {}
    for name, item in value.items():
        if name not in readers:
            raise SchemaError(path, f"unknown key {name[:60]!r}; there are {', '.join(readers)}")
        found[name] = readers[name](item, head + name)
    return found


def _shown(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or repr(value)[:60]

"""
A push transaction as JSON: what a recording has on each line. ``docs/recordings.md`` is for users, and
``docs/transaction.schema.json`` for programs.

The form is the tables below. Unknown keys are errors, so that no typing error goes unheard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from luahost.dataclass import MISSING, dataclass, field, fields
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
        words: What is wrong with it.
    """

    def __init__(self, words: str, *places: str | int) -> None:
        super().__init__(words)
        self.words = words
        self._places = places

    @property
    def path(self) -> str:
        """
        Where it is: ``events[0].uid``; empty for the whole.
        """
        steps = (f"[{place}]" if isinstance(place, int) else f".{place}" for place in self._places)
        return "".join(steps).removeprefix(".")

    def __str__(self) -> str:
        return f"{self.path}: {self.words}" if self._places else self.words

    def inside(self, place: str | int) -> SchemaError:
        """
        The same error, as seen from what has the value at this key or index.
        """
        self._places = (place, *self._places)
        return self


@dataclass(slots=True)
class RecordedStatus:
    """
    A mailbox after a transaction; what is not known is None. Not to be changed; to have Python see to that
    would cost as much as all else about making one.
    """

    messages: int | None = None
    recent: int | None = None
    unseen: int | None = None
    uid_next: int | None = None
    uid_validity: int | None = None


@dataclass(slots=True, kw_only=True)
class RecordedTransaction:
    """
    A transaction. Not to be changed, as a status is not.

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
        of = self.user.get
        return of("username"), of("service"), of("session_id"), of("session_create_time")


Reader = Callable[[Any], Any]
"""
Takes a value, and answers what luahost needs of it, or raises :class:`SchemaError`. Where the value is, is
put together on the way back from the error: most transactions have none.
"""


def _text(value: Any) -> str:
    """
    Text, or ``{"bytes": "<hex>"}`` for what is no UTF-8.
    """
    if type(value) is str and value.isascii():
        return value  # as nearly all of it is
    if isinstance(value, dict) and list(value) == ["bytes"] and isinstance(value["bytes"], str):
        try:
            return bytes.fromhex(value["bytes"]).decode("utf-8", "surrogateescape")
        except ValueError:
            raise SchemaError("this is not hexadecimal", "bytes") from None
    if not isinstance(value, str):
        raise SchemaError(f"text is needed here, found {_shown(value)}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise SchemaError('half of a surrogate pair is no text; write {"bytes": "…"}') from None
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SchemaError(f"a list is needed here, found {_shown(value)}")
    return tuple(_items(value, _text))


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise SchemaError(f"true or false is needed here, found {_shown(value)}")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SchemaError(f"a number is needed here, found {_shown(value)}")
    return value


def _whole(value: Any) -> int:
    """
    A whole number, which JSON may write as ``1.0``.
    """
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SchemaError(f"a whole number is needed here, found {_shown(value)}")
    return value


def _count(value: Any) -> int:
    found = _whole(value)
    if not 0 <= found <= UINT32_MAX:
        raise SchemaError(f"a number from 0 to {UINT32_MAX} is needed here, found {_shown(value)}")
    return found


def _mailbox(value: Any) -> str:
    try:
        return checked_name(_text(value))
    except MailboxError as error:
        raise SchemaError(str(error)) from None


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


def _user(value: Any) -> dict[str, Any]:
    found = _record(value, _USER, required=["username"])
    if not found["username"]:
        raise SchemaError("a user needs a name", "username")
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


def _event(value: Any) -> Event:
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or name not in _KINDS:
        raise SchemaError(f"this is none of {', '.join(_KINDS)}: {_shown(name)}", "name")
    readers, required = _TABLES[name]
    found = _record(value, readers, required=required)
    del found["name"]
    if "from" in found:
        found["from_"] = found.pop("from")
    try:
        return _KINDS[name](**found)
    except ValueError as error:
        raise SchemaError(str(error)) from None


def _events(value: Any) -> tuple[Event, ...]:
    if not isinstance(value, list):
        raise SchemaError(f"a list is needed here, found {_shown(value)}")
    return tuple(_items(value, _event))


_STATUS: Mapping[str, Reader] = {each.name: _count for each in fields(RecordedStatus)}


def _status(value: Any) -> RecordedStatus:
    found = _record(value, _STATUS)
    for name in ("uid_next", "uid_validity"):
        if found.get(name) == 0:
            raise SchemaError("this is 1 at least", name)
    return RecordedStatus(**found)


def _mailboxes(value: Any) -> dict[str, RecordedStatus]:
    return _named(value, _mailbox, _status)


def _metadata(value: Any) -> dict[str, str]:
    return _named(value, _metadata_key, _text)


def _metadata_key(key: str) -> str:
    if not key.startswith(SCOPES):
        raise SchemaError(f"a key begins with {' or '.join(SCOPES)}, found {key[:60]!r}")
    return _text(key)


def _version(value: Any) -> None:
    if value != VERSION or isinstance(value, bool):
        raise SchemaError(f"this luahost reads version {VERSION}, found {_shown(value)}")


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
    found = _record(value, _TOP, required=[VERSION_KEY, "user", "events", "success"])
    del found[VERSION_KEY]
    if found["success"] and not found["events"]:
        raise SchemaError("a transaction that succeeds has at least one", "events")
    return RecordedTransaction(**found)


def _named(value: Any, key: Reader, reader: Reader) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaError(f"an object is needed here, found {_shown(value)}")
    found = {}
    for name, item in value.items():
        known = key(name)
        try:
            found[known] = reader(item)
        except SchemaError as error:
            raise error.inside(name) from None
    return found


def _items(values: list[Any], reader: Reader) -> list[Any]:
    found: list[Any] = []
    try:
        for value in values:
            found.append(reader(value))
    except SchemaError as error:
        raise error.inside(len(found)) from None
    return found


def _record(value: Any, readers: Mapping[str, Reader], *, required: Sequence[str] = ()) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaError(f"an object is needed here, found {_shown(value)}")
    for name in required:
        if name not in value:
            raise SchemaError(f"{name} is missing")
    found = {}
    for name, item in value.items():
        reader = readers.get(name)
        if reader is None:
            raise SchemaError(f"unknown key {name[:60]!r}; there are {', '.join(readers)}")
        try:
            found[name] = reader(item)
        except SchemaError as error:
            raise error.inside(name) from None
    return found


def _shown(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or repr(value)[:60]

"""
Transactions that are plainly right, recognised at a glance. The only import of msgspec.

msgspec reads JSON into types in C, some fifteen times as fast as :mod:`~luahost.sources.transaction_schema`
reads it. The types here are stricter than that reader: what they let through it would take. What they do not
let through is not therefore wrong; then the reader is asked, which knows the exact place and better words.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import re
from typing import Annotated, Any, Literal

from luahost.errors import UsageError
from luahost.events import EVENTS, EXACT_MAX, FLAG_BITS, UINT32_MAX, Event
from luahost.sources.transaction_schema import VERSION, VERSION_KEY, RecordedStatus
from luahost.store.metadata_keys import SCOPES

try:
    import msgspec
except ModuleNotFoundError:
    raise UsageError("luahost serve needs msgspec: pip install 'luahost[serve]'") from None

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=UINT32_MAX)]
_Uid = Annotated[int, msgspec.Meta(ge=1, le=UINT32_MAX)]
_Whole = Annotated[int, msgspec.Meta(ge=-EXACT_MAX, le=EXACT_MAX)]
_Mailbox = Annotated[str, msgspec.Meta(pattern=r"\A[^/]+(?:/[^/]+)*\Z")]
_Key = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{'|'.join(map(re.escape, SCOPES))})")]
_Flag = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{'|'.join(map(re.escape, FLAG_BITS))})\Z")]

_EVENT_TYPES: dict[str, Any] = {
    **dict.fromkeys(("mailbox", "mailbox_old"), _Mailbox),
    **dict.fromkeys(("uid", "uid_validity"), _Uid),
    **dict.fromkeys(("date", "tz"), _Whole),
    **dict.fromkeys(("flags", "flags_old"), list[_Flag]),
    **dict.fromkeys(("keywords", "keywords_old"), list[str]),
}
"""By field of an event; all others are text."""

_NOT_RECORDED = "headers"


def _event(kind: type[Event]) -> type[msgspec.Struct]:
    """
    An event of this kind. Python has another use for the word "from".
    """
    members: list[Any] = []
    for each in dataclasses.fields(kind):
        if each.name != _NOT_RECORDED:
            member = (each.name, _EVENT_TYPES.get(each.name, str))
            may_lack = (
                each.default is not dataclasses.MISSING or each.default_factory is not dataclasses.MISSING
            )
            members.append((*member, None) if may_lack else member)
    return msgspec.defstruct(
        kind.name,
        members,
        kw_only=True,
        forbid_unknown_fields=True,
        tag_field="name",
        tag=kind.name,
        rename={"from_": "from"},
        gc=False,
    )


_Event: Any = functools.reduce(operator.or_, map(_event, EVENTS))


class _User(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    username: _Text
    home: str = ""
    uid: _Count = 0
    gid: _Count = 0
    service: str = ""
    session_id: str = ""
    session_create_time: _Count = 0
    nonexistent: bool = False
    anonymous: bool = False
    autocreated: bool = False
    mail_debug: bool = False
    fuzzy_search: bool = False
    dsyncing: bool = False
    admin: bool = False
    session_restored: bool = False


_Status = msgspec.defstruct(
    "_Status",
    [
        (each.name, _Uid if each.name in ("uid_next", "uid_validity") else _Count, 0)
        for each in dataclasses.fields(RecordedStatus)
    ],
    forbid_unknown_fields=True,
    gc=False,
)

_Transaction = msgspec.defstruct(
    "_Transaction",
    [
        (VERSION_KEY, Literal[VERSION]),
        ("user", _User),
        ("events", Annotated[list[_Event], msgspec.Meta(min_length=1)]),
        ("success", bool),
        ("dialect", str, ""),
        ("time", int | float, 0),
        ("hidden", bool, False),
        ("mailboxes", dict[_Mailbox, _Status], None),  # type: ignore[valid-type]
        ("metadata", dict[_Key, str], None),
    ],
    forbid_unknown_fields=True,
)

_decode = msgspec.json.Decoder(_Transaction).decode


def plain_user(written: bytes) -> str | None:
    """
    The login name of the user of a transaction, None if it is not plain to see that this is one.
    """
    try:
        return str(_decode(written).user.username)  # type: ignore[attr-defined]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def items_of(written: bytes) -> list[bytes]:
    """
    The items of a list, each as it is written; none if it is not plain to see that this is a list.
    """
    try:
        return [bytes(item) for item in _split(written)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return []

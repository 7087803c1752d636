"""
The acts of ``push`` in a spec: Lua's arguments into those of :class:`luahost.testing.Push`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from luahost.dataclass import fields
from luahost.documents.values import meant_or_known
from luahost.errors import UsageError
from luahost.events import EVENTS, MailboxRename, MessageEvent
from luahost.sources.steps import Happening, Notify, Rollback
from luahost.testing.push import Push

Reader = Callable[[str, Any], Any]
"""Makes of a value from Lua what Python wants; gets its name for complaints."""


def act(push: Push, name: str, given: Sequence[Any]) -> None:
    """
    Let ``push`` do this.

    Args:
        push: The session.

        name: A method of ``push`` in Lua.

        given: What it was called with.

    Raises:
        UsageError: It cannot be done, or not with these arguments.
    """
    if name not in ACTS:
        raise UsageError(f"push has no method {name}")
    try:
        ACTS[name](push, [*given])
    except UsageError as error:
        raise UsageError(f"push:{name}: {error}") from None
    except ValueError as error:
        # What events and messages say of values that they cannot have.
        raise UsageError(f"push:{name}: {error}") from None


# Values ----------------------------------------------------------------------------------------------


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{name} is text, not {_kind(value)}")
    return value if isinstance(value, str) else str(value)


def _header(name: str, value: Any) -> str | None:
    # nil in a table is nothing at all, so false says that a header is not there.
    return None if value is False else _text(name, value)


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name} is true or false, not {_kind(value)}")
    return value


def _texts(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise UsageError(f"{name} is a list of texts, not {_kind(value)}")
    return [_text(name, item) for item in value]


def _headers(name: str, value: Any) -> dict[str, str]:
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"{name} is a table of texts by name, not {_kind(value)}")
    return {_text(name, key): _text(name, item) for key, item in value.items()}


def _whole(name: str, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError(f"{name} is a whole number, not {_kind(value)}")
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "a boolean"
    return "text" if isinstance(value, str) else "a number" if isinstance(value, int | float) else "a table"


def options(given: Any, table: Mapping[str, Reader]) -> dict[str, Any]:
    """
    A table of options, by the names that Python has for them.

    Raises:
        UsageError: It is none, or there is no such option, or not with this value.
    """
    if given is None or given == []:
        return {}
    if not isinstance(given, dict):
        raise UsageError(f"options stand in a table by their names, and this is {_kind(given)}")
    for key in given:
        if key not in table:
            raise UsageError(f"there is no option {key}; {meant_or_known(str(key), [*table])}")
    # Python has another use for this word.
    return {"from_" if key == "from" else key: table[key](key, value) for key, value in given.items()}


_WRITTEN: dict[str, Reader] = {
    "subject": _header,
    "from": _header,
    "to": _header,
    "date": _header,
    "message_id": _header,
    "headers": _headers,
    "body": _text,
}
_ARRIVING: dict[str, Reader] = {
    "mailbox": _text,
    "flags": _texts,
    "keywords": _texts,
    "subscribe": _truth,
}
_CHOSEN: dict[str, Reader] = {"mailbox": _text, "uid": _truth}


# Acts ------------------------------------------------------------------------------------------------


def _most(given: Sequence[Any], count: int) -> None:
    if len(given) > count:
        raise UsageError(f"{len(given) - count} arguments too many")


def _message(given: list[Any]) -> tuple[list[str], Any]:
    """
    A message, if there is one, and the options behind it.
    """
    _most(given, 2)
    if given and isinstance(given[0], str):
        return [given[0]], given[1] if len(given) > 1 else None
    _most(given, 1)
    return [], given[0] if given else None


def _deliver(push: Push, given: list[Any]) -> None:
    message, said = _message(given)
    push.deliver(*message, **options(said, {**_WRITTEN, **_ARRIVING}))


def _append(push: Push, given: list[Any]) -> None:
    message, said = _message(given)
    push.append(*message, **options(said, {**_WRITTEN, "mailbox": _text, "flags": _texts, "fails": _truth}))


def _method(
    name: str, table: Mapping[str, Reader], *, most: int = 1, least: int = 1
) -> Callable[[Push, list[Any]], None]:
    """
    The act of a method that takes so many texts, and options behind them.
    """

    def perform(push: Push, given: list[Any]) -> None:
        texts = [one for one in given[:most] if isinstance(one, str)]
        if len(texts) < least:
            raise UsageError(f"it takes {most} text{'s' * (most != 1)}, and {len(texts)} came")
        rest = given[len(texts) :]
        _most(rest, 1)
        getattr(push, name)(*texts, **options(rest[0] if rest else None, table))

    return perform


def _happenings(given: Sequence[Any]) -> tuple[Happening, ...]:
    if not given:
        raise UsageError('it takes events, such as {event = "MessageNew", uid = 1}')
    return tuple(_happening(one) for one in given)


_KINDS = {kind.name: kind for kind in EVENTS}

_LISTS = ("flags", "flags_old", "keywords", "keywords_old")

_NUMBERS = ("uid", "uid_validity", "date", "tz")


def _happening(given: Any) -> Happening:
    if not isinstance(given, dict) or "event" not in given:
        raise UsageError('an event is a table such as {event = "MessageNew", uid = 1}')
    given = dict(given)
    name = _text("event", given.pop("event"))
    if name not in _KINDS:
        raise UsageError(f"there is no event {name}; {meant_or_known(name, [*_KINDS])}")
    kind = _KINDS[name]
    known = {
        one.name.removesuffix("_"): _whole
        if one.name in _NUMBERS
        else _texts
        if one.name in _LISTS
        else _text
        for one in fields(kind)
        if one.name != "headers"
    }
    found = options(given, known)
    needed = ["uid"] if issubclass(kind, MessageEvent) else ["mailbox"]
    needed += ["mailbox_old"] if kind is MailboxRename else []
    for field in needed:
        if field not in found:
            raise UsageError(f"{name} needs {field}")
    found.setdefault("mailbox", "INBOX")
    return Happening(kind, found)


def _notify(push: Push, given: list[Any]) -> None:
    push.happen(Notify(_happenings(given)))


def _rollback(push: Push, given: list[Any]) -> None:
    push.happen(Rollback(_happenings(given)))


def _allow_errors(push: Push, given: list[Any]) -> None:
    _most(given, 1)
    push.allow_errors(re.escape(_text("argument 1", given[0])) if given else "")


ACTS: dict[str, Callable[[Push, list[Any]], None]] = {
    "deliver": _deliver,
    "append": _append,
    "store": _method("store", {**_CHOSEN, "add": _texts, "remove": _texts, "replace": _texts}),
    "read": _method("read", _CHOSEN),
    "copy": _method("copy", _CHOSEN, most=2, least=2),
    "move": _method("move", _CHOSEN, most=2, least=2),
    "expunge": _method("expunge", _CHOSEN, least=0),
    "create": _method("create", {}),
    "delete": _method("delete", {}),
    "rename": _method("rename", {}, most=2, least=2),
    "subscribe": _method("subscribe", {}),
    "unsubscribe": _method("unsubscribe", {}),
    "notify": _notify,
    "rollback": _rollback,
    "allow_errors": _allow_errors,
}
"""The methods of ``push`` that act, and what each does."""

"""
What stands under the words of ``when`` for operations on mail: ``append``, ``store``, ``move`` and the like.

The words are those of :class:`~luahost.store.mail_client.MailClient`. What no mail server would do is told
of with its line, though it shows only when the operation is performed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from luahost.documents.values import Reader, Value, items, record, text, truth
from luahost.documents.yaml_tree import MappingNode, ScalarNode
from luahost.errors import UsageError
from luahost.sources import mail_values as mail
from luahost.sources.deliveries import message_fields
from luahost.sources.steps import Perform, Step
from luahost.store import MessageSet, operations
from luahost.store.operations import FlagChange, NewMessage, Operation

_SETS: Mapping[str, Reader[Any]] = {"messages": text, "uids": text}
_CHANGES: dict[str, FlagChange] = {"add": "add", "remove": "remove", "replace": "replace"}


def _step(value: Value, make: Callable[[], Operation]) -> Step:
    """
    The step that performs an operation; what is wrong with it is this place's fault.
    """
    try:
        operation = make()
    except UsageError as error:
        raise value.error(str(error)) from None
    return Perform(operation, value.document.file, value.line)


def _words(value: Value) -> tuple[str, ...]:
    return tuple(text(item) for item in items(value, "a flag or keyword"))


def _message_set(value: Value, found: Mapping[str, Any]) -> MessageSet:
    given = [key for key in _SETS if key in found]
    if len(given) != 1:
        raise UsageError(f"{value.name} takes either messages (places such as 1:3) or uids")
    return MessageSet(found[given[0]], by_uid=given[0] == "uids")


_NEW_MESSAGE: Mapping[str, Reader[Any]] = {
    "message": message_fields,
    "flags": mail.flags,
    "keywords": mail.keywords,
}


def _new_message(value: Value) -> NewMessage:
    if not isinstance(value.node, MappingNode):
        return NewMessage(fields=message_fields(value))
    found = record(value, _NEW_MESSAGE, where="in a message", required=["message"])
    try:
        return NewMessage(fields=found.pop("message"), **found)
    except UsageError as error:
        raise value.error(str(error)) from None


def _new_messages(value: Value) -> tuple[NewMessage, ...]:
    return tuple(_new_message(item) for item in items(value, "a message"))


_APPEND: Mapping[str, Reader[Any]] = {
    **_NEW_MESSAGE,
    "messages": _new_messages,
    "mailbox": text,
    "fails": truth,
}


def append(value: Value) -> Step:
    """
    A message, or a mapping of one or several and what becomes of them.
    """
    if not isinstance(value.node, MappingNode):
        return _step(value, lambda: operations.Append(messages=(_new_message(value),)))
    found = record(value, _APPEND, where="in append")
    if ("message" in found) == ("messages" in found):
        raise value.error("append takes either a message or a list of messages")
    if "messages" in found and ("flags" in found or "keywords" in found):
        raise value.error("each of several messages has its own flags and keywords")
    own = {key: found.pop(key) for key in _NEW_MESSAGE if key in found}

    def make() -> Operation:
        messages = found.pop("messages", None) or (NewMessage(fields=own.pop("message"), **own),)
        return operations.Append(messages=messages, **found)

    return _step(value, make)


def store(value: Value) -> Step:
    """
    Which messages, and one change of their flags and keywords.
    """
    changes: dict[str, Reader[Any]] = dict.fromkeys(_CHANGES, _words)
    found = record(value, {**_SETS, **changes, "mailbox": text}, where="in store")
    given = [change for change in _CHANGES if change in found]
    if len(given) != 1:
        raise value.error("store takes one of add, remove and replace")
    words = found[given[0]]
    return _step(
        value,
        lambda: operations.StoreFlags(
            messages=_message_set(value, found),
            change=_CHANGES[given[0]],
            flags=tuple(word for word in words if word.startswith("\\")),
            keywords=tuple(word for word in words if not word.startswith("\\")),
            mailbox=found.get("mailbox", "INBOX"),
        ),
    )


def read(value: Value) -> Step:
    """
    Which messages, alone or in a mapping.
    """
    if isinstance(value.node, ScalarNode):
        return _step(value, lambda: operations.Fetch(messages=MessageSet(text(value))))
    found = record(value, {**_SETS, "mailbox": text}, where="in read")
    return _step(
        value,
        lambda: operations.Fetch(messages=_message_set(value, found), mailbox=found.get("mailbox", "INBOX")),
    )


def _to_another(kind: type[operations.Copy] | type[operations.Move]) -> Reader[Step]:
    def reader(value: Value) -> Step:
        table = {**_SETS, "to": text, "mailbox": text}
        found = record(value, table, where=f"in {value.name}", required=["to"])
        return _step(
            value,
            lambda: kind(
                messages=_message_set(value, found), to=found["to"], mailbox=found.get("mailbox", "INBOX")
            ),
        )

    return reader


def expunge(value: Value) -> Step:
    """
    Nothing, or a mapping that says where and, of which UIDs.
    """
    found = record(value, {"uids": text, "mailbox": text}, where="in expunge")
    return _step(
        value,
        lambda: operations.Expunge(
            messages=MessageSet(found["uids"], by_uid=True) if "uids" in found else None,
            mailbox=found.get("mailbox", "INBOX"),
        ),
    )


def rename(value: Value) -> Step:
    """
    The mailbox and its new name.
    """
    found = record(value, {"mailbox": text, "to": text}, where="in rename", required=["mailbox", "to"])
    return _step(value, lambda: operations.Rename(**found))


def _of_mailbox(
    kind: type[operations.Create]
    | type[operations.Delete]
    | type[operations.Subscribe]
    | type[operations.Unsubscribe],
) -> Reader[Step]:
    def reader(value: Value) -> Step:
        name = text(value)
        return _step(value, lambda: kind(mailbox=name))

    return reader


WORDS: dict[str, Reader[Step]] = {
    "append": append,
    "store": store,
    "read": read,
    "copy": _to_another(operations.Copy),
    "move": _to_another(operations.Move),
    "expunge": expunge,
    "create": _of_mailbox(operations.Create),
    "delete": _of_mailbox(operations.Delete),
    "rename": rename,
    "subscribe": _of_mailbox(operations.Subscribe),
    "unsubscribe": _of_mailbox(operations.Unsubscribe),
}
"""A reader for each word."""
